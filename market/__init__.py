"""The ground floor: settings, database, places, people, audit, and the plumbing of the web."""

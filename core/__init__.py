"""The ground: settings, database, users, permissions, audit and the plumbing of the web; it knows no market."""

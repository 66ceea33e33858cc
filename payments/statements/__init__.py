"""Reading banks' statements: camt.053 and CSV into one shape. Nothing here knows of the database."""

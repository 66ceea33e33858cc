"""The plumbing of the web: one place each for errors, security, language, identity, logs and the API's frame."""

"""What a measurement of the recorder stands on: a server of PostgreSQL, stalls, signed messages, senders, figures."""

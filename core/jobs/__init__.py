"""Work in the background: an outbox of jobs, written with what causes them and done by workers."""

"""Users: people and programs, what they may do and where, how they sign in, and their tokens."""

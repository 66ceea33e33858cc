"""Registering stalls: entered by one, approved by another, changed, suspended, closed."""

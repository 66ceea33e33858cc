"""Refunds: money sent back through the bank that brought it."""

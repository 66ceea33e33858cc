"""Reconciliation: what banks' statements say, held against what was recorded."""

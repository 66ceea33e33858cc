"""Vendors and their stalls: registration, approval, settlement accounts, payment codes and printed cards."""

"""Stalls and the vendors who keep them: registered by one person, approved by another."""

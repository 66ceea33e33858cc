"""Gateways: one small port, and an adapter beside it for each bank or provider."""

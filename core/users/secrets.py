"""Secrets that are kept only as digests."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "cho40_"  # noqa: S105 - no secret: what makes one recognisable
TOKEN_BYTES = 32


def new_token() -> str:
    """A bearer token with 256 random bits, recognisable by its prefix when it leaks."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def digest(secret: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()

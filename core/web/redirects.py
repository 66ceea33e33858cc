"""Coming back to where somebody was, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def safe_next() -> str | None:
    """The `next` of the form or the query, when it is a path on this site."""
    target = request.form.get("next") or request.args.get("next") or ""
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    return None if any(ord(letter) < 0x20 for letter in target) else target  # noqa: PLR2004 - control characters

"""Pages about people: signing in, one's own password, and for operators everybody's accounts and roles."""

from __future__ import annotations

from market.people.pages import accounts, own
from market.people.pages.blueprint import bp as bp

__all__ = ["accounts", "bp", "own"]

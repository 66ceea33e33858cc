"""Pages about users: signing in, one's own password, and for operators everybody's users and roles."""

from __future__ import annotations

from core.users.pages import own
from core.users.pages import users as users
from core.users.pages.blueprint import bp as bp

__all__ = ["bp", "own", "users"]

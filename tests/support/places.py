"""Who asks for the real areas and markets of the database under test: a session, and programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.database import database
from core.permissions.principal import SYSTEM
from core.permissions.roles import Role, Scope
from core.users.services import issue_token
from core.users.targets import grant_from_codes


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session for reads; it sees the database as it is when it is first used."""
    with database().reading() as session:
        yield session


@pytest.fixture
def bearer(app: Flask) -> Callable[..., dict[str, str]]:
    """Headers of a program with a role: everywhere, or within an area or a market by its code."""

    def issue(role: Role, *, area: str | None = None, market: str | None = None) -> dict[str, str]:
        grant = grant_from_codes(role.value, {Scope.AREA: area, Scope.MARKET: market})
        return {"Authorization": f"Bearer {issue_token(SYSTEM, f'{role} of a test', grant)}"}

    return issue

"""Reading users: who signs in, who holds a token, who may do what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from core import clock
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from core.search import matches
from core.users.models import GrantRow, SignIn, Token, User
from core.users.secrets import digest

S = TypeVar("S", bound=Select[Any])


@dataclass(frozen=True, slots=True)
class UserFilter:
    """What to narrow the list of users to; each part is left out when it is None."""

    text: str | None = None
    role: Role | None = None
    active: bool | None = None


#: Where a page of users ended.
UserKey = tuple[str, int]


def principal_of(user: User) -> Principal:
    """The user as somebody who acts, with the grants that have not ended."""
    grants = tuple(grant_of(row) for row in user.grants if row.ended_at is None)
    return Principal(user.id, user.name, grants, user.must_change_password)


def grant_of(row: GrantRow) -> Grant:
    """The grant that a row keeps."""
    return Grant(Role(row.role), Scope(row.scope), row.target_id)


def find_user(session: Session, user_id: int) -> User | None:
    """The user, disabled or not."""
    return session.get(User, user_id)


def find_by_username(session: Session, username: str) -> User | None:
    """The user that signs in with this name, unless it was disabled."""
    return session.scalar(select(User).where(User.username == username, User.disabled_at.is_(None)))


def find_by_session(session: Session, secret: str) -> User | None:
    """The user that is signed in with a cookie's secret, unless the sign-in or the user was ended."""
    statement = (
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.digest == digest(secret),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > clock.now(),
            User.disabled_at.is_(None),
        )
    )
    return session.scalar(statement)


def find_by_token(session: Session, secret: str) -> User | None:
    """The user behind a bearer token, unless either was ended."""
    statement = (
        select(User)
        .join(Token, Token.user_id == User.id)
        .where(Token.digest == digest(secret), Token.ended_at.is_(None), User.disabled_at.is_(None))
    )
    return session.scalar(statement)


def list_users(session: Session, narrowed: UserFilter, after: UserKey | None = None, *, limit: int) -> Sequence[User]:
    """Users by name, from the one after `after`; at most `limit`."""
    statement = _narrowed(select(User), narrowed).order_by(User.sort_key, User.id).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(User.sort_key, User.id) > after)
    return session.scalars(statement).all()


def count_users(session: Session, narrowed: UserFilter) -> int:
    """How many there are of them."""
    return session.scalar(_narrowed(select(func.count()).select_from(User), narrowed)) or 0


def last_sign_ins(session: Session, user_ids: Collection[int]) -> dict[int, datetime]:
    """When each of the users was last signed in with; those that never were are left out."""
    statement = (
        select(SignIn.user_id, func.max(SignIn.started_at).label("last"))
        .where(SignIn.user_id.in_(user_ids))
        .group_by(SignIn.user_id)
    )
    return {row.user_id: row.last for row in session.execute(statement)}


def tokens_of(session: Session, user_id: int) -> Sequence[Token]:
    """The bearer tokens of a user, the newest first."""
    return session.scalars(select(Token).where(Token.user_id == user_id).order_by(Token.id.desc())).all()


def _narrowed(statement: S, narrowed: UserFilter) -> S:
    if narrowed.text is not None:
        statement = statement.where(matches(User.search_key, narrowed.text))
    if narrowed.role is not None:
        holders = select(GrantRow.user_id).where(GrantRow.role == narrowed.role.value, GrantRow.ended_at.is_(None))
        statement = statement.where(User.id.in_(holders))
    if narrowed.active is not None:
        condition = User.disabled_at.is_(None) if narrowed.active else User.disabled_at.is_not(None)
        statement = statement.where(condition)
    return statement

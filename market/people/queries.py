"""Reading people: who signs in, who holds a token, who may do what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from market import clock
from market.people.models import Account, GrantRow, SignIn, Token
from market.people.permissions import Role, Scope
from market.people.principal import Grant, Principal
from market.people.secrets import digest
from market.search import matches

S = TypeVar("S", bound=Select[Any])


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What to narrow the list of accounts to; each part is left out when it is None."""

    text: str | None = None
    role: Role | None = None
    open: bool | None = None


#: Where a page of accounts ended.
AccountKey = tuple[str, int]


def principal_of(account: Account) -> Principal:
    """The account as somebody who acts, with the grants that have not ended."""
    grants = tuple(grant_of(row) for row in account.grants if row.ended_at is None)
    return Principal(account.id, account.name, grants, account.must_change_password)


def grant_of(row: GrantRow) -> Grant:
    """The grant that a row keeps."""
    return Grant(Role(row.role), Scope(row.scope), row.target_id)


def find_account(session: Session, account_id: int) -> Account | None:
    """The account, disabled or not."""
    return session.get(Account, account_id)


def find_by_username(session: Session, username: str) -> Account | None:
    """The account that signs in with this name, unless it was disabled."""
    return session.scalar(select(Account).where(Account.username == username, Account.disabled_at.is_(None)))


def find_by_session(session: Session, secret: str) -> Account | None:
    """The account that is signed in with a cookie's secret, unless the sign-in or the account was ended."""
    statement = (
        select(Account)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(
            SignIn.digest == digest(secret),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > clock.now(),
            Account.disabled_at.is_(None),
        )
    )
    return session.scalar(statement)


def find_by_token(session: Session, secret: str) -> Account | None:
    """The account behind a bearer token, unless either was ended."""
    statement = (
        select(Account)
        .join(Token, Token.account_id == Account.id)
        .where(Token.digest == digest(secret), Token.ended_at.is_(None), Account.disabled_at.is_(None))
    )
    return session.scalar(statement)


def list_accounts(
    session: Session, narrowed: AccountFilter, after: AccountKey | None = None, *, limit: int
) -> Sequence[Account]:
    """Accounts by name, from the one after `after`; at most `limit`."""
    statement = _narrowed(select(Account), narrowed).order_by(Account.search_key, Account.id).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(Account.search_key, Account.id) > after)
    return session.scalars(statement).all()


def count_accounts(session: Session, narrowed: AccountFilter) -> int:
    """How many there are of them."""
    return session.scalar(_narrowed(select(func.count()).select_from(Account), narrowed)) or 0


def last_sign_ins(session: Session, account_ids: Collection[int]) -> dict[int, datetime]:
    """When each of the accounts was last signed in with; those that never were are left out."""
    statement = (
        select(SignIn.account_id, func.max(SignIn.started_at).label("last"))
        .where(SignIn.account_id.in_(account_ids))
        .group_by(SignIn.account_id)
    )
    return {row.account_id: row.last for row in session.execute(statement)}


def tokens_of(session: Session, account_id: int) -> Sequence[Token]:
    """The bearer tokens of an account, the newest first."""
    return session.scalars(select(Token).where(Token.account_id == account_id).order_by(Token.id.desc())).all()


def _narrowed(statement: S, narrowed: AccountFilter) -> S:
    if narrowed.text is not None:
        statement = statement.where(matches(Account.search_key, narrowed.text))
    if narrowed.role is not None:
        holders = select(GrantRow.account_id).where(GrantRow.role == narrowed.role.value, GrantRow.ended_at.is_(None))
        statement = statement.where(Account.id.in_(holders))
    if narrowed.open is not None:
        condition = Account.disabled_at.is_(None) if narrowed.open else Account.disabled_at.is_not(None)
        statement = statement.where(condition)
    return statement

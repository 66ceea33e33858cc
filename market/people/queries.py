"""Reading people: who signs in, who holds a token, who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.people.models import Account, Token
from market.people.permissions import Role, Scope
from market.people.principal import Grant, Principal
from market.people.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Sequence


def principal_of(account: Account) -> Principal:
    """The account as somebody who acts, with the grants that have not ended."""
    grants = tuple(
        Grant(Role(row.role), Scope(row.scope), row.target_id) for row in account.grants if row.ended_at is None
    )
    return Principal(account.id, account.name, grants, account.must_change_password)


def find_account(session: Session, account_id: int) -> Account | None:
    """The account, unless it was disabled."""
    account = session.get(Account, account_id)
    return account if account is not None and account.disabled_at is None else None


def find_by_username(session: Session, username: str) -> Account | None:
    """The account that signs in with this name, unless it was disabled."""
    found = session.scalar(select(Account).where(Account.username == username, Account.disabled_at.is_(None)))
    return found


def find_by_token(session: Session, secret: str) -> Account | None:
    """The account behind a bearer token, unless either was ended."""
    statement = (
        select(Account)
        .join(Token, Token.account_id == Account.id)
        .where(Token.digest == digest(secret), Token.ended_at.is_(None), Account.disabled_at.is_(None))
    )
    return session.scalar(statement)


def list_accounts(session: Session) -> Sequence[Account]:
    """Every account, by name."""
    return session.scalars(select(Account).order_by(Account.name, Account.id)).all()

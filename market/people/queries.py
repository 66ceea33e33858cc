"""Reading people: who signs in, who holds a token, who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock
from market.people.models import Account, GrantRow, SignIn, Token
from market.people.permissions import Role, Scope
from market.people.principal import Grant, Principal
from market.people.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Sequence


def principal_of(account: Account) -> Principal:
    """The account as somebody who acts, with the grants that have not ended."""
    grants = tuple(grant_of(row) for row in account.grants if row.ended_at is None)
    return Principal(account.id, account.name, grants, account.must_change_password)


def grant_of(row: GrantRow) -> Grant:
    """The grant that a row keeps."""
    return Grant(Role(row.role), Scope(row.scope), row.target_id)


def find_account(session: Session, account_id: int) -> Account | None:
    """The account, unless it was disabled."""
    account = session.get(Account, account_id)
    return account if account is not None and account.disabled_at is None else None


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


def list_accounts(session: Session) -> Sequence[Account]:
    """Every account, by name."""
    return session.scalars(select(Account).order_by(Account.name, Account.id)).all()

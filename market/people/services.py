"""Changing people: accounts, passwords, grants, tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market import clock
from market.audit.services import record
from market.database import database, unit_of_work
from market.errors import InvalidInput, NotFound
from market.people import passwords, queries, secrets
from market.people.errors import BadGrant, UsernameTaken
from market.people.models import Account, GrantRow, Token
from market.people.permissions import SCOPES, Permission, Scope
from market.people.principal import Grant, Principal
from market.text import tidy

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is needed to open an account; `password` is None for programs."""

    username: str
    name: str
    password: str | None
    grants: tuple[Grant, ...] = ()
    must_change_password: bool = False


def open_account(actor: Principal, new: NewAccount) -> Account:
    """Open an account with its grants.

    Raises `InvalidInput` for a bad name or password, `BadGrant`, `UsernameTaken`.
    """
    actor.require(Permission.PEOPLE_MANAGE)
    try:
        with unit_of_work() as session:
            return add_account(session, actor, new)
    except IntegrityError as error:
        raise UsernameTaken(data={"username": new.username}) from error


def add_account(session: Session, actor: Principal, new: NewAccount) -> Account:
    """Add an account inside another unit of work; the caller has checked the permission."""
    username = tidy(new.username).lower()
    if not USERNAME.fullmatch(username):
        raise InvalidInput({"username": [_("Use 3 to 64 letters without accents, figures, dots or dashes.")]})
    if new.password is not None:
        check_password(new.password)
    account = Account(
        username=username,
        name=tidy(new.name),
        password_hash=passwords.hash_password(new.password) if new.password is not None else None,
        must_change_password=new.must_change_password,
        created_at=clock.now(),
    )
    session.add(account)
    session.flush()
    record(session, actor, "account.open", ("account", account.id), after={"username": username, "name": account.name})
    for grant in new.grants:
        add_grant(session, actor, account, grant)
    return account


def check_password(password: str, field: str = "password") -> None:
    """Raise `InvalidInput` unless the password has an acceptable length."""
    if not passwords.PASSWORD_MIN_LENGTH <= len(password) <= passwords.PASSWORD_MAX_LENGTH:
        message = _("Use at least %(least)s characters.", least=passwords.PASSWORD_MIN_LENGTH)
        raise InvalidInput({field: [message]})


def add_grant(session: Session, actor: Principal, account: Account, grant: Grant) -> GrantRow:
    """Give a role within a scope, inside another unit of work. Raises `BadGrant`."""
    if grant.scope not in SCOPES[grant.role] or (grant.scope is Scope.EVERYWHERE) != (grant.target_id is None):
        raise BadGrant({"role": [_("This role cannot be given for this kind of place.")]})
    row = GrantRow(
        account=account,
        role=grant.role.value,
        scope=grant.scope.value,
        target_id=grant.target_id,
        granted_at=clock.now(),
        granted_by_id=actor.account_id,
    )
    session.add(row)
    session.flush()
    record(session, actor, "grant.give", ("account", account.id), after=_described(row))
    return row


def give_grant(actor: Principal, account_id: int, grant: Grant) -> GrantRow:
    """Give an account a role within a scope. Raises `BadGrant`, `NotFound`."""
    actor.require(Permission.PEOPLE_MANAGE)
    with unit_of_work() as session:
        return add_grant(session, actor, _account(session, account_id), grant)


def end_grant(actor: Principal, grant_id: int) -> None:
    """Take a role away again; the row stays, with its end. Raises `NotFound`."""
    actor.require(Permission.PEOPLE_MANAGE)
    with unit_of_work() as session:
        row = session.get(GrantRow, grant_id)
        if row is None or row.ended_at is not None:
            raise NotFound
        row.ended_at = clock.now()
        record(session, actor, "grant.end", ("account", row.account_id), before=_described(row))


def set_password(actor: Principal, account_id: int, password: str, *, must_change: bool) -> None:
    """Set a new password and end every session of the account."""
    if actor.account_id != account_id:
        actor.require(Permission.PEOPLE_MANAGE)
    check_password(password)
    with unit_of_work() as session:
        account = _account(session, account_id)
        account.password_hash = passwords.hash_password(password)
        account.must_change_password = must_change
        account.session_epoch += 1
        record(session, actor, "account.password", ("account", account_id), after={"must_change": must_change})


def set_disabled(actor: Principal, account_id: int, *, disabled: bool) -> None:
    """Close an account to its holder, or open it again; its sessions and tokens stop at once."""
    actor.require(Permission.PEOPLE_MANAGE)
    with unit_of_work() as session:
        account = _account(session, account_id)
        before = {"disabled": account.disabled_at is not None}
        account.disabled_at = clock.now() if disabled else None
        account.session_epoch += 1
        record(session, actor, "account.disable", ("account", account_id), before=before, after={"disabled": disabled})


def issue_token(actor: Principal, name: str, grant: Grant) -> str:
    """Open a program's account with one grant and give its bearer token; it is shown this once."""
    actor.require(Permission.PEOPLE_MANAGE)
    secret = secrets.new_token()
    with unit_of_work() as session:
        username = f"token-{secrets.digest(secret)[:16]}"
        account = add_account(session, actor, NewAccount(username, name, None, (grant,)))
        session.add(Token(account=account, name=tidy(name), digest=secrets.digest(secret), created_at=clock.now()))
        record(session, actor, "token.issue", ("account", account.id), after={"name": tidy(name)})
    return secret


def sign_in(username: str, password: str) -> Account | None:
    """The account, when name and password are right; else None, after the same amount of work."""
    with database().reading() as session:
        account = queries.find_by_username(session, tidy(username).lower())
        right = passwords.verify_password(account.password_hash if account else None, password)
    if account is None or not right:
        return None
    if account.password_hash and passwords.needs_rehash(account.password_hash):
        with unit_of_work() as session:
            stored = _account(session, account.id)
            stored.password_hash = passwords.hash_password(password)
    return account


def _account(session: Session, account_id: int) -> Account:
    account = session.scalar(select(Account).where(Account.id == account_id))
    if account is None:
        raise NotFound
    return account


def _described(row: GrantRow) -> dict[str, object]:
    return {"role": row.role, "scope": row.scope, "target_id": row.target_id}


def change_own_password(actor: Principal, old: str, new: str) -> None:
    """Set one's own new password, given the old one. Raises `InvalidInput` keyed by `old` or `new`."""
    assert actor.account_id is not None
    with database().reading() as session:
        account = _account(session, actor.account_id)
        right = passwords.verify_password(account.password_hash, old)
    if not right:
        raise InvalidInput({"old": [_("This is not your present password.")]})
    check_password(new, "new")
    set_password(actor, actor.account_id, new, must_change=False)

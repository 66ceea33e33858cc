"""Changing users: passwords, grants, tokens, sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.audit.services import record
from core.database import read_session, sweep_all, unit_of_work
from core.errors import InvalidInput, NotFound
from core.permissions.principal import Grant, Principal
from core.permissions.roles import AREA_LEVELS, SCOPES, Permission, Role, Scope
from core.text import tidy
from core.users import passwords, queries, secrets, usernames
from core.users.errors import BadGrant, NotYourOwn, OnlyAdmins, UsernameTaken
from core.users.models import GrantRow, SignIn, Token, User
from core.users.passwords import NewPassword
from core.users.targets import level_of_area, name_places

NAME_MAX_LENGTH = 120
#: A working day, for those who see other people's data, often on a shared desk.
SESSION_OF_STAFF = timedelta(hours=12)
#: Half a year, for a vendor's own phone: who must sign in at dawn with wet hands goes back to cash.
SESSION_OF_VENDOR = timedelta(days=180)
#: How long sessions that are over stay, to tell when somebody was here last.
SESSION_KEPT = timedelta(days=400)
#: Of those that were kept long enough, how many go in one transaction.
SWEPT_AT_ONCE = 1_000

NOT_PRESENT = _("This is not your present password.")


@dataclass(frozen=True, slots=True)
class NewUser:
    """What is needed to open a user; `password` is None for programs."""

    username: str
    name: str
    password: NewPassword | None
    grants: tuple[Grant, ...] = ()
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class Proven:
    """A user whose password was right, with the hash that it was checked against.

    Checking takes long and happens outside a unit of work. What follows from it is written only while the user still
    has this hash: somebody may have reset the password in between.
    """

    user: User
    password_hash: str


@unit_of_work
def open_user(session: Session, actor: Principal, new: NewUser) -> User:
    """Open a user with its grants.

    Raises `InvalidInput` for a bad name or password, `BadGrant`, `OnlyAdmins`, `UsernameTaken`.
    """
    actor.require(Permission.USERS_MANAGE)
    return add_user(session, actor, new)


def add_user(session: Session, actor: Principal, new: NewUser) -> User:
    """Add a user inside another unit of work; the caller has checked the permission. Raises as `open_user`."""
    username = usernames.compact(new.username)
    if not usernames.is_valid(username):
        raise InvalidInput(
            {"username": [_("Use a phone number, or 3 to 64 letters without accents, figures, dots or dashes.")]}
        )
    if new.password is not None:
        check_password(new.password.plain, username=username)
    user = User(
        username=username,
        name=_checked_name(new.name),
        password_hash=new.password.hashed if new.password is not None else None,
        must_change_password=new.must_change_password,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise UsernameTaken({"username": [UsernameTaken.title]}) from error
    record(session, actor, "user.open", ("user", user.id), after={"username": username, "name": user.name})
    for grant in new.grants:
        add_grant(session, actor, user, grant)
    return user


def check_password(password: str, field: str = "password", *, username: str = "") -> None:
    """Raise `InvalidInput` unless the password has an acceptable length and is not the first that one would try."""
    length = len(passwords.one_form(password))
    if length < passwords.PASSWORD_MIN_LENGTH:
        message = _("Use at least %(least)s characters.", least=passwords.PASSWORD_MIN_LENGTH)
    elif length > passwords.PASSWORD_MAX_LENGTH:
        message = _("Use at most %(most)s characters.", most=passwords.PASSWORD_MAX_LENGTH)
    elif passwords.is_guessable(password, username):
        message = _("This password is easily guessed. Choose another, like three words that have nothing in common.")
    else:
        return
    raise InvalidInput({field: [message]})


def add_grant(session: Session, actor: Principal, user: User, grant: Grant) -> GrantRow:
    """Give a role within a scope, inside another unit of work.

    Raises `BadGrant` for a place that the role cannot have, `OnlyAdmins`, `NotYourOwn`.
    """
    _check_may_give(session, actor, user, grant)
    row = GrantRow(
        user=user,
        role=grant.role.value,
        scope=grant.scope.value,
        target_id=grant.target_id,
        granted_at=clock.now(),
        granted_by_id=actor.user_id,
    )
    session.add(row)
    session.flush()
    record(session, actor, "grant.give", ("user", user.id), after=_describe(session, row))
    return row


@unit_of_work
def give_grant(session: Session, actor: Principal, user_id: int, grant: Grant) -> GrantRow:
    """Give a user a role within a scope; what it holds already stays as it is.

    Raises as `add_grant`, and `NotFound`.
    """
    actor.require(Permission.USERS_MANAGE)
    user = _user_to_change(session, actor, user_id)
    for row in user.grants:
        if row.ended_at is None and queries.grant_of(row) == grant:
            return row
    return add_grant(session, actor, user, grant)


def give_grant_again(actor: Principal, user_id: int, grant_id: int) -> GrantRow:
    """Give a role again that was taken away. Raises `NotFound`, and as `add_grant`."""
    row = read_session().get(GrantRow, grant_id)
    if row is None or row.user_id != user_id:
        raise NotFound
    return give_grant(actor, user_id, queries.grant_of(row))


@unit_of_work
def end_grant(session: Session, actor: Principal, user_id: int, grant_id: int) -> GrantRow:
    """Take a role away; the row stays, with its end. Taken away twice is once.

    Raises `NotFound`, `OnlyAdmins`, `NotYourOwn`.
    """
    actor.require(Permission.USERS_MANAGE)
    row = session.get(GrantRow, grant_id)
    if row is None or row.user_id != user_id:
        raise NotFound
    _user_to_change(session, actor, user_id)
    if row.ended_at is None:
        close_grant(session, actor, row)
    return row


def close_grant(session: Session, actor: Principal, row: GrantRow) -> None:
    """Take a role away inside another unit of work; the caller has checked that the actor may do this."""
    row.ended_at = clock.now()
    record(session, actor, "grant.end", ("user", row.user_id), before=_describe(session, row))


def reset_password(actor: Principal, user_id: int) -> str:
    """Give somebody a one-time password, to be changed when first used; it is shown this once.

    Raises `NotFound`, `OnlyAdmins`, `NotYourOwn`: one's own is changed by knowing the old one.
    """
    if actor.user_id == user_id:
        raise NotYourOwn
    new = passwords.prepare_one_time()
    _reset_password(actor, user_id, new)
    return new.plain


@unit_of_work
def _reset_password(session: Session, actor: Principal, user_id: int, new: NewPassword) -> None:
    actor.require(Permission.USERS_MANAGE)
    give_one_time_password(session, actor, _user_to_change(session, actor, user_id), new)


def give_one_time_password(session: Session, actor: Principal, user: User, new: NewPassword) -> None:
    """Set a one-time password inside another unit of work, ending every session of the user.

    The caller has checked that the actor may do this.
    """
    _set_password(session, actor, user, new, must_change=True)


def _set_password(session: Session, actor: Principal, user: User, new: NewPassword, *, must_change: bool) -> None:
    user.password_hash = new.hashed
    user.must_change_password = must_change
    _end_sessions(session, user.id)
    record(session, actor, "user.password", ("user", user.id), after={"must_change": must_change})


def change_own_password(actor: Principal, old: str, new: str, again: str) -> None:
    """Set one's own new password, given the old one, and end every session of one's own.

    Raises `InvalidInput` keyed by `old`, `new` or `again`.
    """
    assert actor.user_id is not None
    user = _user(read_session(), actor.user_id)
    if user.password_hash is None or not passwords.verify_password(user.password_hash, old):
        raise InvalidInput({"old": [NOT_PRESENT]})
    if new == old:
        raise InvalidInput({"new": [_("This is your present password. Choose another one.")]})
    check_password(new, "new", username=user.username)
    if again != new:
        raise InvalidInput({"again": [_("This is not the same. Type the new password once more.")]})
    _change_own_password(actor, Proven(user, user.password_hash), passwords.prepare(new))


@unit_of_work
def _change_own_password(session: Session, actor: Principal, proven: Proven, new: NewPassword) -> None:
    user = _lock_proven(session, proven)
    if user is None:
        raise InvalidInput({"old": [NOT_PRESENT]})
    _set_password(session, actor, user, new, must_change=False)


@unit_of_work
def set_disabled(session: Session, actor: Principal, user_id: int, *, disabled: bool) -> User:
    """Close a user to its holder, or open it again; its sessions end, its tokens rest.

    Raises `NotFound`, `OnlyAdmins`, `NotYourOwn`.
    """
    actor.require(Permission.USERS_MANAGE)
    user = _user_to_change(session, actor, user_id)
    was_disabled = user.disabled_at is not None
    if was_disabled != disabled:
        user.disabled_at = clock.now() if disabled else None
        _end_sessions(session, user_id)
        action = "user.disable" if disabled else "user.enable"
        before, after = {"disabled": was_disabled}, {"disabled": disabled}
        record(session, actor, action, ("user", user_id), before=before, after=after)
    return user


@unit_of_work
def issue_token(session: Session, actor: Principal, name: str, grant: Grant) -> str:
    """Open a program's user with one grant and give its bearer token; it is shown this once.

    Raises `InvalidInput`, `BadGrant`, `OnlyAdmins`.
    """
    actor.require(Permission.USERS_MANAGE)
    secret = secrets.new_token()
    username = f"token-{secrets.digest(secret)[:16]}"
    user = add_user(session, actor, NewUser(username, name, None, (grant,)))
    session.add(
        Token(user=user, name=user.name, digest=secrets.digest(secret), created_at=clock.now()),
    )
    record(session, actor, "token.issue", ("user", user.id), after={"name": user.name})
    return secret


@unit_of_work
def end_token(session: Session, actor: Principal, user_id: int, token_id: int) -> None:
    """End a bearer token for good. Raises `NotFound`, `OnlyAdmins`."""
    actor.require(Permission.USERS_MANAGE)
    token = session.get(Token, token_id)
    if token is None or token.user_id != user_id:
        raise NotFound
    _user_to_change(session, actor, user_id)
    if token.ended_at is None:
        token.ended_at = clock.now()
        record(session, actor, "token.end", ("user", user_id), before={"name": token.name})


def sign_in(username: str, password: str) -> Proven | None:
    """The user, when name and password are right; else None, after the same amount of work."""
    user = queries.find_by_username(read_session(), usernames.compact(username))
    right = passwords.verify_password(user.password_hash if user else None, password)
    if user is None or user.password_hash is None or not right:
        return None
    proven = Proven(user, user.password_hash)
    if not passwords.needs_rehash(proven.password_hash):
        return proven
    hashed = passwords.hash_password(password)
    # When it was not written, the password was changed, or another sign-in made the hash anew: look again.
    return Proven(user, hashed) if _rehash(proven, hashed) else sign_in(username, password)


@unit_of_work
def _rehash(session: Session, proven: Proven, hashed: str) -> bool:
    user = _lock_proven(session, proven)
    if user is not None:
        user.password_hash = hashed
    return user is not None


@unit_of_work
def start_session(session: Session, proven: Proven) -> tuple[str, bool] | None:
    """Begin a session of a browser: its secret, and whether it lasts longer than the browser is open.

    None when the password was changed or the user disabled since the password was checked.
    """
    user = _lock_proven(session, proven)
    if user is None:
        return None
    secret = secrets.new_token()
    moment = clock.now()
    lasting = queries.principal_of(user).roles == {Role.VENDOR}
    expires_at = moment + (SESSION_OF_VENDOR if lasting else SESSION_OF_STAFF)
    session.add(
        SignIn(user=user, digest=secrets.digest(secret), started_at=moment, expires_at=expires_at),
    )
    return secret, lasting


@unit_of_work
def end_session(session: Session, secret: str) -> None:
    """End one session; whoever holds its cookie is nobody from now on."""
    session.execute(
        update(SignIn)
        .where(SignIn.digest == secrets.digest(secret), SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def sweep_sessions() -> int:
    """Delete sessions that have been over for `SESSION_KEPT`; gives how many."""
    return sweep_all(SignIn, SignIn.expires_at < clock.now() - SESSION_KEPT, SWEPT_AT_ONCE)


def _end_sessions(session: Session, user_id: int) -> None:
    session.execute(
        update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).values(ended_at=clock.now())
    )


def _check_may_give(session: Session, actor: Principal, user: User, grant: Grant) -> None:
    if grant.scope not in SCOPES[grant.role] or (grant.scope is Scope.EVERYWHERE) != (grant.target_id is None):
        raise BadGrant({"role": [_("This role needs another kind of place.")]})
    level = AREA_LEVELS.get(grant.role) if grant.scope is Scope.AREA else None
    if level is not None and grant.target_id is not None and level_of_area(session, grant.target_id) != level:
        raise BadGrant({"area": [_("This role is for an area of another level.")]})
    if grant.role is Role.ADMIN and Role.ADMIN not in actor.roles:
        raise OnlyAdmins
    if actor.user_id is not None and user.id == actor.user_id:
        raise NotYourOwn


def _user_to_change(session: Session, actor: Principal, user_id: int) -> User:
    """A user that the actor may change: not one's own, and an administrator's only as one."""
    user = _user(session, user_id)
    if actor.user_id == user_id:
        raise NotYourOwn
    if Role.ADMIN in queries.principal_of(user).roles and Role.ADMIN not in actor.roles:
        raise OnlyAdmins
    return user


def _user(session: Session, user_id: int) -> User:
    user = session.scalar(select(User).where(User.id == user_id))
    if user is None:
        raise NotFound
    return user


def _lock_proven(session: Session, proven: Proven) -> User | None:
    """The user, if nobody changed its password or disabled it since; until the unit of work ends, nobody can."""
    return session.scalar(
        select(User)
        .where(User.id == proven.user.id, User.password_hash == proven.password_hash, User.disabled_at.is_(None))
        .with_for_update(key_share=True, of=User)
    )


def _checked_name(name: str) -> str:
    tidied = tidy(name)
    if not 0 < len(tidied) <= NAME_MAX_LENGTH or not tidied.isprintable():
        raise InvalidInput({"name": [_("Use 1 to %(most)s characters.", most=NAME_MAX_LENGTH)]})
    return tidied


def _describe(session: Session, row: GrantRow) -> dict[str, object]:
    grant = queries.grant_of(row)
    return {"role": row.role, "scope": row.scope, "place": name_places(session, [grant]).get(grant)}

"""The vendor's own sign-in, opened by the board with a password that works once."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import unit_of_work
from core.errors import Forbidden
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Permission, Role, Scope
from core.users import usernames
from core.users.models import GrantRow, User
from core.users.passwords import NewPassword, prepare_one_time
from core.users.services import NewUser, add_grant, add_user, close_grant, give_one_time_password
from vendors.registration.errors import SamePerson, SignInExists, WrongState
from vendors.registration.services.common import lock_stall, same_person, trace
from vendors.stalls.models import Stall, StallStatus
from vendors.stalls.queries import place_of_stall


@dataclass(frozen=True, slots=True)
class OneTimeSignIn:
    """What the vendor types to sign in; `password` is None when they sign in as they did before."""

    username: str
    password: str | None


def open_sign_in(actor: Principal, code: str) -> OneTimeSignIn:
    """Let the vendor sign in, by phone number; a vendor of two stalls signs in once and finds both.

    Raises `NotFound`, `Forbidden` also when the number signs in somebody with other duties, `WrongState` before
    approval and after closing, `SamePerson` for whoever entered the phone number, `SignInExists`, `UsernameTaken` when
    another stall's board opens the same one at the same moment.
    """
    return _open_sign_in(actor, code, prepare_one_time())


@unit_of_work
def _open_sign_in(session: Session, actor: Principal, code: str, fresh: NewPassword) -> OneTimeSignIn:
    stall = lock_stall(session, actor, code, Permission.VENDOR_USER_OPEN)
    if stall.status not in {StallStatus.ACTIVE, StallStatus.SUSPENDED}:
        raise WrongState(_("Approve the stall first."))
    if stall.vendor.user_id is not None:
        raise SignInExists
    _refuse_who_set_the_phone(actor, stall)
    user, password = _user_for(session, actor, stall, fresh)
    add_grant(session, actor, user, Grant(Role.VENDOR, Scope.STALL, stall.id))
    stall.vendor.user_id = user.id
    known = password is None
    trace(session, actor, "vendor_user.open", stall, after={"username": user.username, "known": known})
    return OneTimeSignIn(user.username, password)


def renew_sign_in(actor: Principal, code: str) -> OneTimeSignIn:
    """Give a vendor who forgot the password a new one-time password; every session of theirs ends.

    Raises `NotFound`, `WrongState` when there is no sign-in yet or it is not by the vendor's present phone number,
    `SamePerson` for whoever entered that number, `Forbidden` also when the user holds more than
    vendor's grants within the actor's places: then it is not this board's to reset.
    """
    return _renew_sign_in(actor, code, prepare_one_time())


@unit_of_work
def _renew_sign_in(session: Session, actor: Principal, code: str, fresh: NewPassword) -> OneTimeSignIn:
    stall = lock_stall(session, actor, code, Permission.VENDOR_USER_OPEN)
    user = session.get(User, stall.vendor.user_id) if stall.vendor.user_id else None
    if user is None:
        raise WrongState(_("This vendor has no sign-in yet."))
    if user.username != usernames.compact(stall.vendor.phone):
        raise WrongState(_("This sign-in is not by the vendor's present phone number. Ask the operator."))
    _refuse_who_set_the_phone(actor, stall)
    if not all(_within(session, actor, row) for row in user.grants if row.ended_at is None):
        raise Forbidden(_("This sign-in reaches beyond your market. Ask the operator."))
    give_one_time_password(session, actor, user, fresh)
    trace(session, actor, "vendor_user.renew", stall, after={"username": user.username})
    return OneTimeSignIn(user.username, fresh.plain)


def end_sign_in(session: Session, actor: Principal, stall: Stall) -> None:
    """Take the stall away from the vendor's user, inside another unit of work; nothing where there is none."""
    user = session.get(User, stall.vendor.user_id) if stall.vendor.user_id else None
    if user is None:
        return
    for row in user.grants:
        if row.ended_at is None and (row.role, row.scope, row.target_id) == (Role.VENDOR, Scope.STALL, stall.id):
            close_grant(session, actor, row)
    stall.vendor.user_id = None
    trace(session, actor, "vendor_user.end", stall, before={"username": user.username})


def _refuse_who_set_the_phone(actor: Principal, stall: Stall) -> None:
    """One person alone must not be able to become the vendor and read the stall's money."""
    if same_person(actor, stall.vendor.phone_set_by_id):
        raise SamePerson(_("You entered the vendor's phone number, so a colleague has to give out the sign-in."))


def _user_for(session: Session, actor: Principal, stall: Stall, fresh: NewPassword) -> tuple[User, str | None]:
    """The user that signs in with the vendor's phone number, or a new one with its one-time password."""
    username = usernames.compact(stall.vendor.phone)
    user = session.scalar(select(User).where(User.username == username))
    if user is not None:
        if any(row.role != Role.VENDOR for row in user.grants if row.ended_at is None):
            raise Forbidden(_("This phone number signs in somebody with other duties. Ask the operator."))
        return user, None
    new = NewUser(username, stall.vendor.name, fresh, must_change_password=True)
    return add_user(session, actor, new), fresh.plain


def _within(session: Session, actor: Principal, row: GrantRow) -> bool:
    stall = session.get(Stall, row.target_id) if row.scope == Scope.STALL else None
    return (
        row.role == Role.VENDOR and stall is not None and actor.may(Permission.VENDOR_USER_OPEN, place_of_stall(stall))
    )

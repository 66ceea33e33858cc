"""Everybody's users and roles, for operators.

A one-time password is answered by the POST itself and not after a redirect: it would have to be kept somewhere.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from core.audit.labels import describe_change
from core.audit.queries import EntryFilter, list_entries
from core.database import read_session
from core.errors import InvalidInput, NotFound
from core.permissions.roles import Permission, Role, Scope
from core.users import passwords, queries, services
from core.users.labels import ROLE_NAMES
from core.users.models import GrantRow, User
from core.users.pages.blueprint import bp
from core.users.queries import UserFilter, UserKey
from core.users.schemas import GrantSchema, UserSchema
from core.users.targets import grant_from_place, name_places
from core.web.forms import Form
from core.web.guards import current_principal, requires

PAGE_SIZE = 50
ENTRIES_SHOWN = 20
STATES = {"active": True, "disabled": False}

Page = str | tuple[str, int] | Response


@bp.get("/users/")
@requires(Permission.USERS_MANAGE)
def index() -> str:
    """Every user with its roles, the last sign-in, and whether it is active."""
    session = read_session()
    form = Form(request.args)
    role = form.value("role")
    narrowed = UserFilter(
        text=form.value("q").strip() or None,
        role=Role(role) if role in set(Role) else None,
        active=STATES.get(form.value("state")),
    )
    found = queries.list_users(session, narrowed, _after(form), limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    kept: dict[str, Any] = {name: form.value(name) for name in ("q", "role", "state") if form.value(name)}
    more = url_for(".index", **kept, after=shown[-1].id) if len(found) > PAGE_SIZE else None
    return render_template(
        "core/users.html",
        form=form,
        kept=kept,
        users=shown,
        places=name_places(session, (grant for one in shown for grant in queries.principal_of(one).grants)),
        roles_of={one.id: queries.principal_of(one).grants for one in shown},
        seen=queries.last_sign_ins(session, [one.id for one in shown]),
        count=queries.count_users(session, narrowed),
        next_url=more,
        role_names=ROLE_NAMES,
    )


@bp.get("/users/new")
@requires(Permission.USERS_MANAGE)
def new() -> str:
    """The form for a new user."""
    return render_template("core/user_new.html", form=Form(), role_options=_role_options())


@bp.post("/users/new")
@requires(Permission.USERS_MANAGE)
def open_user() -> Page:
    """Open a user, and show its one-time password this once."""
    form = Form(request.form)
    password = passwords.prepare_one_time()
    try:
        asked = _read(form, UserSchema())
        grant = grant_from_place(asked["role"], asked["place"])
        new_user = services.NewUser(asked["username"], asked["name"], password, (grant,), must_change_password=True)
        user = services.open_user(current_principal(), new_user)
    except InvalidInput as error:
        form.refuse(_beside_place(error.errors))
        return render_template("core/user_new.html", form=form, role_options=_role_options()), error.status
    return _show_once(user, password.plain), 201


@bp.get("/users/<int:user_id>")
@requires(Permission.USERS_MANAGE)
def show(user_id: int) -> str:
    """One user: its roles of now and of before, its tokens, and what was changed of it."""
    return _user_page(user_id, Form())


@bp.post("/users/<int:user_id>/grants")
@requires(Permission.USERS_MANAGE)
def give_grant(user_id: int) -> Page:
    """Give a role at a place."""
    form = Form(request.form)
    try:
        asked = _read(form, GrantSchema())
        grant = grant_from_place(asked["role"], asked["place"])
        row = services.give_grant(current_principal(), user_id, grant)
    except InvalidInput as error:
        form.refuse(_beside_place(error.errors))
        return _user_page(user_id, form), error.status
    flash(_("%(role)s was given. To undo this, take it away below.", role=_role_in_words(row)), "done")
    return _back_to(user_id)


@bp.post("/users/<int:user_id>/grants/<int:grant_id>/end")
@requires(Permission.USERS_MANAGE)
def end_grant(user_id: int, grant_id: int) -> Response:
    """Take a role away."""
    row = services.end_grant(current_principal(), user_id, grant_id)
    flash(_("%(role)s was taken away. To undo this, give it again below.", role=_role_in_words(row)), "done")
    return _back_to(user_id)


@bp.post("/users/<int:user_id>/grants/<int:grant_id>/again")
@requires(Permission.USERS_MANAGE)
def give_grant_again(user_id: int, grant_id: int) -> Response:
    """Give a role again that was taken away."""
    row = services.give_grant_again(current_principal(), user_id, grant_id)
    flash(_("%(role)s was given. To undo this, take it away below.", role=_role_in_words(row)), "done")
    return _back_to(user_id)


@bp.post("/users/<int:user_id>/disable")
@requires(Permission.USERS_MANAGE)
def disable(user_id: int) -> Response:
    """Disable a user."""
    user = services.set_disabled(current_principal(), user_id, disabled=True)
    flash(_("%(name)s is disabled. To undo this, enable the user again below.", name=user.name), "done")
    return _back_to(user_id)


@bp.post("/users/<int:user_id>/enable")
@requires(Permission.USERS_MANAGE)
def enable(user_id: int) -> Response:
    """Enable a user again."""
    user = services.set_disabled(current_principal(), user_id, disabled=False)
    flash(_("%(name)s is enabled again. To undo this, disable the user below.", name=user.name), "done")
    return _back_to(user_id)


@bp.post("/users/<int:user_id>/password")
@requires(Permission.USERS_MANAGE)
def reset_password(user_id: int) -> Page:
    """Give a one-time password, and show it this once."""
    password = services.reset_password(current_principal(), user_id)
    return _show_once(_found(user_id), password)


@bp.post("/users/<int:user_id>/tokens/<int:token_id>/end")
@requires(Permission.USERS_MANAGE)
def end_token(user_id: int, token_id: int) -> Response:
    """End a bearer token for good."""
    services.end_token(current_principal(), user_id, token_id)
    flash(_("The token does not work any more. A new one is issued on the server: flask tokens issue."), "done")
    return _back_to(user_id)


def _read(form: Form, schema: Schema) -> dict[str, Any]:
    asked = form.load(schema)
    if asked is None:
        raise InvalidInput(form.errors)
    return asked


def _user_page(user_id: int, form: Form) -> str:
    session = read_session()
    user = _found(user_id)
    rows = sorted(user.grants, key=lambda row: row.id)
    about = EntryFilter(subject=f"user {user_id}")
    by_row = {row.id: queries.grant_of(row) for row in rows}
    current = {by_row[row.id] for row in rows if row.ended_at is None}
    past = {by_row[row.id]: row for row in rows if by_row[row.id] not in current}
    return render_template(
        "core/user.html",
        user=user,
        own=current_principal().user_id == user_id,
        form=form,
        current_rows=[row for row in rows if row.ended_at is None],
        past_rows=list(past.values()),
        by_row=by_row,
        places=name_places(session, by_row.values()),
        tokens=queries.tokens_of(session, user_id),
        last_seen=queries.last_sign_ins(session, [user_id]).get(user_id),
        changes=[describe_change(one) for one in list_entries(session, about, limit=ENTRIES_SHOWN)],
        role_names=ROLE_NAMES,
        role_options=_role_options(),
    )


def _found(user_id: int) -> User:
    user = queries.find_user(read_session(), user_id)
    if user is None:
        raise NotFound
    return user


def _show_once(user: User, password: str) -> str:
    return render_template("core/user_password.html", user=user, password=password)


def _back_to(user_id: int) -> Response:
    return redirect(url_for(".show", user_id=user_id), 303)


def _role_options() -> list[tuple[str, str]]:
    """The roles that the one who asks may give."""
    admin = Role.ADMIN in current_principal().roles
    return [(role.value, str(ROLE_NAMES[role])) for role in Role if admin or role is not Role.ADMIN]


def _role_in_words(row: GrantRow) -> str:
    grant = queries.grant_of(row)
    place = name_places(read_session(), [grant]).get(grant)
    name = str(ROLE_NAMES[grant.role])
    return _("%(role)s at %(place)s", role=name, place=place) if place else name


def _beside_place(errors: dict[str, Any]) -> dict[str, Any]:
    """A refusal of the area stands beside the field where it was typed."""
    return {"place" if name == Scope.AREA else name: messages for name, messages in errors.items()}


def _after(form: Form) -> UserKey | None:
    given = form.value("after")
    if not (given.isascii() and given.isdecimal()) or len(given) > len(str(2**53)):
        return None
    user = queries.find_user(read_session(), int(given))
    return (user.sort_key, user.id) if user else None

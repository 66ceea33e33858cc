"""Everybody's accounts and roles, for operators.

A one-time password is answered by the POST itself and not after a redirect: it would have to be kept somewhere.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from market.audit.queries import EntryFilter, list_entries
from market.database import read_session
from market.errors import InvalidInput, NotFound
from market.people import passwords, queries, services
from market.people.models import Account, GrantRow
from market.people.pages.blueprint import bp
from market.people.permissions import Permission, Role, Scope
from market.people.queries import AccountFilter, AccountKey
from market.people.schemas import AccountSchema, GrantSchema
from market.people.targets import grant_from_place, name_places
from market.people.words import ROLE_NAMES
from market.web.forms import Form
from market.web.identity import current_principal, requires

PAGE_SIZE = 50
ENTRIES_SHOWN = 20
STATES = {"open": True, "closed": False}

Page = str | tuple[str, int] | Response


@bp.get("/people/")
@requires(Permission.PEOPLE_MANAGE)
def index() -> str:
    """Every account with its roles, the last sign-in, and whether it is open."""
    session = read_session()
    form = Form(request.args)
    role = form.value("role")
    narrowed = AccountFilter(
        text=form.value("q").strip() or None,
        role=Role(role) if role in set(Role) else None,
        open=STATES.get(form.value("state")),
    )
    found = queries.list_accounts(session, narrowed, _after(form), limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    kept: dict[str, Any] = {name: form.value(name) for name in ("q", "role", "state") if form.value(name)}
    more = url_for(".index", **kept, after=shown[-1].id) if len(found) > PAGE_SIZE else None
    return render_template(
        "market/people.html",
        form=form,
        kept=kept,
        accounts=shown,
        places=name_places(session, (grant for one in shown for grant in queries.principal_of(one).grants)),
        roles_of={one.id: queries.principal_of(one).grants for one in shown},
        seen=queries.last_sign_ins(session, [one.id for one in shown]),
        count=queries.count_accounts(session, narrowed),
        next_url=more,
        role_names=ROLE_NAMES,
    )


@bp.get("/people/new")
@requires(Permission.PEOPLE_MANAGE)
def new() -> str:
    """The form for a new account."""
    return render_template("market/people_new.html", form=Form(), role_options=_role_options())


@bp.post("/people/new")
@requires(Permission.PEOPLE_MANAGE)
def open_account() -> Page:
    """Open an account, and show its one-time password this once."""
    form = Form(request.form)
    password = passwords.one_time_password()
    try:
        asked = _read(form, AccountSchema())
        grant = grant_from_place(asked["role"], asked["place"])
        new_account = services.NewAccount(
            asked["username"], asked["name"], password, (grant,), must_change_password=True
        )
        account = services.open_account(current_principal(), new_account)
    except InvalidInput as error:
        form.refuse(_beside_place(error.errors))
        return render_template("market/people_new.html", form=form, role_options=_role_options()), error.status
    return _show_once(account, password), 201


@bp.get("/people/<int:account_id>")
@requires(Permission.PEOPLE_MANAGE)
def show(account_id: int) -> str:
    """One account: its roles of now and of before, its tokens, and what was changed of it."""
    return _account_page(account_id, Form())


@bp.post("/people/<int:account_id>/grants")
@requires(Permission.PEOPLE_MANAGE)
def give_grant(account_id: int) -> Page:
    """Give a role at a place."""
    form = Form(request.form)
    try:
        asked = _read(form, GrantSchema())
        grant = grant_from_place(asked["role"], asked["place"])
        row = services.give_grant(current_principal(), account_id, grant)
    except InvalidInput as error:
        form.refuse(_beside_place(error.errors))
        return _account_page(account_id, form), error.status
    flash(_("%(role)s was given. To undo this, take it away below.", role=_role_in_words(row)), "done")
    return _back_to(account_id)


@bp.post("/people/<int:account_id>/grants/<int:grant_id>/end")
@requires(Permission.PEOPLE_MANAGE)
def end_grant(account_id: int, grant_id: int) -> Response:
    """Take a role away."""
    row = services.end_grant(current_principal(), account_id, grant_id)
    flash(_("%(role)s was taken away. To undo this, give it again below.", role=_role_in_words(row)), "done")
    return _back_to(account_id)


@bp.post("/people/<int:account_id>/grants/<int:grant_id>/again")
@requires(Permission.PEOPLE_MANAGE)
def give_grant_again(account_id: int, grant_id: int) -> Response:
    """Give a role again that was taken away."""
    row = services.give_grant_again(current_principal(), account_id, grant_id)
    flash(_("%(role)s was given. To undo this, take it away below.", role=_role_in_words(row)), "done")
    return _back_to(account_id)


@bp.post("/people/<int:account_id>/disable")
@requires(Permission.PEOPLE_MANAGE)
def disable(account_id: int) -> Response:
    """Close an account to its holder."""
    account = services.set_disabled(current_principal(), account_id, disabled=True)
    flash(_("The account of %(name)s is closed. To undo this, open it again below.", name=account.name), "done")
    return _back_to(account_id)


@bp.post("/people/<int:account_id>/enable")
@requires(Permission.PEOPLE_MANAGE)
def enable(account_id: int) -> Response:
    """Open an account again."""
    account = services.set_disabled(current_principal(), account_id, disabled=False)
    flash(_("The account of %(name)s is open again. To undo this, close it below.", name=account.name), "done")
    return _back_to(account_id)


@bp.post("/people/<int:account_id>/password")
@requires(Permission.PEOPLE_MANAGE)
def reset_password(account_id: int) -> Page:
    """Give a one-time password, and show it this once."""
    password = services.reset_password(current_principal(), account_id)
    return _show_once(_found(account_id), password)


@bp.post("/people/<int:account_id>/tokens/<int:token_id>/end")
@requires(Permission.PEOPLE_MANAGE)
def end_token(account_id: int, token_id: int) -> Response:
    """End a bearer token for good."""
    services.end_token(current_principal(), account_id, token_id)
    flash(_("The token does not work any more. A new one is issued on the server: flask tokens issue."), "done")
    return _back_to(account_id)


def _read(form: Form, schema: Schema) -> dict[str, Any]:
    asked = form.load(schema)
    if asked is None:
        raise InvalidInput(form.errors)
    return asked


def _account_page(account_id: int, form: Form) -> str:
    session = read_session()
    account = _found(account_id)
    rows = sorted(account.grants, key=lambda row: row.id)
    by_row = {row.id: queries.grant_of(row) for row in rows}
    current = {by_row[row.id] for row in rows if row.ended_at is None}
    past = {by_row[row.id]: row for row in rows if by_row[row.id] not in current}
    return render_template(
        "market/people_account.html",
        account=account,
        own=current_principal().account_id == account_id,
        form=form,
        current_rows=[row for row in rows if row.ended_at is None],
        past_rows=list(past.values()),
        by_row=by_row,
        places=name_places(session, by_row.values()),
        tokens=queries.tokens_of(session, account_id),
        last_seen=queries.last_sign_ins(session, [account_id]).get(account_id),
        entries=list_entries(session, EntryFilter(subject=f"account {account_id}"), limit=ENTRIES_SHOWN),
        role_names=ROLE_NAMES,
        role_options=_role_options(),
    )


def _found(account_id: int) -> Account:
    account = queries.find_account(read_session(), account_id)
    if account is None:
        raise NotFound
    return account


def _show_once(account: Account, password: str) -> str:
    return render_template("market/people_password.html", account=account, password=password)


def _back_to(account_id: int) -> Response:
    return redirect(url_for(".show", account_id=account_id), 303)


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


def _after(form: Form) -> AccountKey | None:
    given = form.value("after")
    if not (given.isascii() and given.isdecimal()) or len(given) > len(str(2**53)):
        return None
    account = queries.find_account(read_session(), int(given))
    return (account.search_key, account.id) if account else None

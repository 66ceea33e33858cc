"""The operator's pages about the system."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from core import clock
from core.audit.labels import action_names, describe_change
from core.audit.queries import EntryFilter, list_entries
from core.database import read_session
from core.permissions.roles import Permission
from core.system.facts import read_groups
from core.system.schemas import ChangesQuery
from core.text import sort_key
from core.web.forms import Form
from core.web.guards import requires

PAGE_SIZE = 50

bp = Blueprint("system", __name__, url_prefix="/system")


@bp.get("")
@requires(Permission.SYSTEM_READ)
def show() -> str:
    """What it runs on and how much it holds, as of now."""
    return render_template("core/system.html", groups=read_groups(read_session()), as_of=clock.now())


@bp.get("/changes")
@requires(Permission.SYSTEM_READ)
def changes() -> tuple[str, int]:
    """The trail of changes: who, what, when, from what to what."""
    form = Form(request.args)
    asked = form.load(ChangesQuery())
    entries, more = _entries(form, asked) if asked is not None else ([], None)
    page = render_template(
        "core/changes.html",
        form=form,
        changes=[describe_change(one) for one in entries],
        next_url=more,
        action_options=_options(),
    )
    return page, 200 if asked is not None else 422


def _entries(form: Form, asked: dict[str, Any]) -> tuple[list[Any], str | None]:
    before_id = asked.pop("before")
    found = list_entries(read_session(), EntryFilter(**asked), before_id, limit=PAGE_SIZE + 1)
    shown = list(found[:PAGE_SIZE])
    if len(found) <= PAGE_SIZE:
        return shown, None
    kept: dict[str, Any] = {name: value for name, value in form.values.items() if value and name in asked}
    return shown, url_for(".changes", **kept, before=shown[-1].id)


def _options() -> list[tuple[str, str]]:
    return sorted(
        ((action, str(name)) for action, name in action_names().items()), key=lambda option: sort_key(option[1])
    )

"""What no request may hold: the NUL character, which PostgreSQL's text cannot carry."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_babel import lazy_gettext as _

from core.errors import InvalidInput, NotFound
from core.web.problems import for_program

NUL = "\0"
UNPRINTABLE = _("This holds a character that cannot be kept. Type it anew.")
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def init_app(app: Flask) -> None:
    """Refuse NUL in every path, query and form, before anything is looked up by it."""
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    if NUL in request.path:
        raise NotFound
    wrong = [name for name, values in request.args.lists() if _holds_nul(name, values)]
    # Programs' bodies are read by whoever they are for; a body can be read once.
    if request.endpoint and request.mimetype in FORMS and not for_program():
        wrong += [name for name, values in request.form.lists() if _holds_nul(name, values)]
    if wrong:
        raise InvalidInput({name.replace(NUL, ""): [UNPRINTABLE] for name in wrong})


def _holds_nul(name: str, values: list[str]) -> bool:
    return NUL in name or any(NUL in value for value in values)


def nul_errors(value: Any) -> Any:
    """Messages for the texts in a JSON value that hold NUL, nested as marshmallow nests its own; None for none."""
    match value:
        case str():
            return [UNPRINTABLE] if NUL in value else None
        case dict():
            found = {name: UNPRINTABLE if NUL in name else nul_errors(inner) for name, inner in value.items()}
        case list():
            found = {str(index): nul_errors(inner) for index, inner in enumerate(value)}
        case _:
            return None
    return {name.replace(NUL, ""): messages for name, messages in found.items() if messages} or None

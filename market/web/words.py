"""Words that libraries say in English, said in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from marshmallow import ValidationError

#: marshmallow's own messages, listed so that they are extracted and translated.
MARSHMALLOW = (
    _("Missing data for required field."),
    _("Field may not be null."),
    _("Unknown field."),
    _("Not a valid string."),
    _("Not a valid integer."),
    _("Number too large."),
    _("Not a valid boolean."),
    _("Not a valid date."),
    _("Not a valid datetime."),
    _("Invalid input type."),
    _("Invalid value."),
    _("Invalid JSON body."),
    _("Not a valid UUID."),
)


def messages_of(error: ValidationError) -> dict[str, Any]:
    """What is wrong, by field."""
    return dict(error.normalized_messages())  # type: ignore[no-untyped-call]  # it lacks its annotation


def translate_messages(messages: Any) -> Any:
    """Walk a tree of messages and translate each; what is not in the catalogue stays as it is."""
    match messages:
        case dict():
            return {str(key): translate_messages(value) for key, value in messages.items()}
        case list() | tuple():
            return [translate_messages(value) for value in messages]
        case str():
            return gettext(messages) if messages else messages
        case _:
            return str(messages)

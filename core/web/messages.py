"""Words that libraries say in English, said in the reader's language."""

from __future__ import annotations

import re
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
    _("Not a valid list."),
    _("Not a valid choice."),
    _("Invalid input type."),
    _("Invalid value."),
    _("Not a valid UUID."),
    _("String does not match expected pattern."),
)

#: Those that carry figures, by a pattern of what marshmallow makes of them.
WITH_FIGURES = (
    (re.compile(r"Shorter than minimum length (?P<min>\d+)\."), _("Shorter than minimum length %(min)s.")),
    (re.compile(r"Longer than maximum length (?P<max>\d+)\."), _("Longer than maximum length %(max)s.")),
    (
        re.compile(r"Length must be between (?P<min>\d+) and (?P<max>\d+)\."),
        _("Length must be between %(min)s and %(max)s."),
    ),
    (re.compile(r"Length must be (?P<equal>\d+)\."), _("Length must be %(equal)s.")),
    (
        re.compile(r"Must be greater than or equal to (?P<min>\S+) and less than or equal to (?P<max>\S+)\."),
        _("Must be greater than or equal to %(min)s and less than or equal to %(max)s."),
    ),
    (re.compile(r"Must be greater than or equal to (?P<min>\S+)\."), _("Must be greater than or equal to %(min)s.")),
    (re.compile(r"Must be less than or equal to (?P<max>\S+)\."), _("Must be less than or equal to %(max)s.")),
    (re.compile(r"Must be one of: (?P<choices>.+)\."), _("Must be one of: %(choices)s.")),
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
            return _translated(messages)
        case _:
            return str(messages)


def _translated(message: str) -> str:
    for pattern, words in WITH_FIGURES:
        if found := pattern.fullmatch(message):
            # The pattern stands in the catalogue without its figures; str() would fill in nothing.
            return str(words) % found.groupdict()
    return gettext(message) if message else message

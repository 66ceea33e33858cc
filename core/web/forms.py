"""Forms of pages, judged by the same marshmallow schemas as the API.

A form keeps what was typed, so that a mistake loses nothing. Nested fields are named with dots: `vendor.phone`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow.fields import Nested
from werkzeug.datastructures import MultiDict

from core.web.messages import messages_of, translate_messages


class Form:
    """What was typed, and what is wrong with it.

    `values` maps dotted names to text; `errors` maps dotted names to messages. Both are empty for a fresh form.
    `labels` maps those fields that are drawn already to what they are called on the page.
    """

    def __init__(self, typed: MultiDict[str, str] | Mapping[str, Any] | None = None) -> None:
        self.values: dict[str, str] = {
            name: str(value) for name, value in dict(typed or {}).items() if name != "csrf_token" and value is not None
        }
        self.errors: dict[str, list[str]] = {}
        self.labels: dict[str, str] = {}

    def load(self, schema: Schema) -> dict[str, Any] | None:
        """What the schema makes of the values, or None after filling `errors`. Empty fields count as not given."""
        try:
            loaded: dict[str, Any] = schema.load(self._given(schema))
        except ValidationError as error:
            self.refuse(messages_of(error))
            return None
        return loaded

    def _given(self, schema: Schema) -> dict[str, Any]:
        given = _nested({name: value for name, value in self.values.items() if value.strip()})
        for name, field in schema.fields.items():
            if field.required and isinstance(field, Nested):
                # Each field within it is missing, not the whole, which has no place on the page.
                given.setdefault(name, {})
        return given

    def refuse(self, messages: Mapping[str, Any]) -> None:
        """Take over messages, nested or flat, from a schema or a service."""
        self.errors |= _flat(translate_messages(dict(messages)))

    def value(self, name: str) -> str:
        """What was typed in a field."""
        return self.values.get(name, "")

    def error(self, name: str) -> str | None:
        """The first thing wrong with a field, for showing beside it."""
        return next(iter(self.errors.get(name, ())), None)

    def called(self, name: str, label: str) -> str:
        """Note what a field is called while it is drawn, and give it back."""
        self.labels[name] = label
        return label


def _nested(flat: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *parents, leaf = name.split(".")
        node: Any = tree
        for parent in parents:
            if not isinstance(node.get(parent), dict):
                # "a" beside "a.b" comes from no form of ours; what is within then counts.
                node[parent] = {}
            node = node[parent]
        if not isinstance(node.get(leaf), dict):
            node[leaf] = value
    return tree


def _flat(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    flat: dict[str, list[str]] = {}
    for name, found in messages.items():
        path = f"{prefix}{name}"
        if isinstance(found, dict):
            flat |= _flat(found, f"{path}.")
        else:
            flat[path] = [str(message) for message in (found if isinstance(found, list) else [found])]
    return flat

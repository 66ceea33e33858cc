"""Numbers in addresses: no key of ours is larger than 64 bits hold, so a larger one is an address that is not there."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

KEY_MAX = 2**63 - 1


class KeyConverter(IntegerConverter):
    """`<int:…>` up to what the database can hold; beyond it the address is 404, and no query is asked."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, *args, **({"max": KEY_MAX} | kwargs))


def init_app(app: Flask) -> None:
    """Bound every `<int:…>` of the application."""
    app.url_map.converters["int"] = KeyConverter

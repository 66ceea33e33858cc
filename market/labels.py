"""What changes of markets are called."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

ACTIONS: Final[dict[str, LazyString]] = {
    "market.create": _("market added"),
    "market.change": _("market changed"),
}

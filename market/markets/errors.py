"""What can go wrong with markets."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict


class MarketCodeTaken(Conflict):
    """Another market has this code."""

    code = "market_code_taken"
    title = _("Another market has this code")


class AreasMissing(Conflict):
    """Markets were to be loaded before the areas that they stand in."""

    code = "areas_missing"
    title = _("The areas are not loaded yet")

"""What can go wrong when figures are asked for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import NotFound


class NoSuchPlace(NotFound):
    """No area or market has this code, or it lies outside the grants of whoever asks."""

    code = "place_not_found"
    title = _("There is no such area or market within your grant")

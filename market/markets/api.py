"""REST calls about markets."""

from __future__ import annotations

from market.web.api import Blueprint

bp = Blueprint("markets", __name__, description="The registry of markets.")

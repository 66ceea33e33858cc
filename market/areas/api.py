"""REST calls about areas."""

from __future__ import annotations

from market.web.api import Blueprint

bp = Blueprint("areas", __name__, description="The registry of areas.")

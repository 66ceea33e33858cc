"""REST calls about areas."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from core.database import read_session
from core.errors import InvalidInput
from core.web.api import Blueprint, list_schema
from core.web.guards import signed_in
from market.areas.models import Area
from market.areas.queries import AreaFilter, find_area, list_areas, successors
from market.areas.schemas import AreaQuery, AreaSchema, read_cursor, write_cursor

bp = Blueprint("areas", __name__, description="The registry of areas.")


@bp.route("/areas")
@signed_in
@bp.arguments(AreaQuery, location="query")
@bp.response(200, list_schema(AreaSchema))
def show_areas(query: dict[str, Any]) -> dict[str, Any]:
    """List areas.

    Both trees: Bình Phước with its districts and communes until 2025-06-30, and what became of them from 2025-07-01
    on. For any holder of a token.
    """
    session = read_session()
    parent, on, limit = query["parent"], query["on"], query["limit"]
    if parent is not None and find_area(session, parent) is None:
        raise InvalidInput({"parent": [_("There is no area %(code)s.", code=parent)]})
    narrowed = AreaFilter(query["level"], parent, on, query["q"])
    found = list_areas(session, narrowed, read_cursor(query["after"]), limit + 1)
    shown = found[:limit]
    became = successors(session, shown)
    return {
        "items": [_describe(area, became[area.id], on) for area in shown],
        "next": write_cursor(shown[-1]) if len(found) > limit else None,
    }


def _describe(area: Area, became: list[Area], on: date | None) -> dict[str, Any]:
    return {
        "code": area.code,
        "valid_from": area.valid_from,
        "valid_to": area.valid_to,
        "level": area.level,
        "name": area.name,
        "full_name": area.title(on).full_name,
        "parent": area.parent.code if area.parent else None,
        "successors": [
            {"code": other.code, "valid_from": other.valid_from, "full_name": other.title(on).full_name}
            for other in became
        ],
    }

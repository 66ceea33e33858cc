"""Cards as files, from a stall's page and a market's."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask import Response as FileResponse

from core.permissions.roles import Permission
from core.web.guards import requires
from vendors.printing.api import market_cards, stall_card
from vendors.printing.facts import CardSize

bp = Blueprint("cards", __name__, url_prefix="/stalls")


@bp.get("/<code>/card.<any(png, svg, pdf):form>")
@requires(Permission.CARD_PRINT)
def card(code: str, form: str) -> FileResponse:
    """A stall's card as a file."""
    return stall_card(code, form, _size_asked())


@bp.get("/markets/<code>/cards.pdf")
@requires(Permission.CARD_PRINT)
def cards_of_market(code: str) -> FileResponse:
    """The cards of a whole market as one file."""
    size = _size_asked()
    return market_cards(code, size, sheet=request.args.get("sheet") == "1" and size is CardSize.A6)


def _size_asked() -> CardSize:
    asked = request.args.get("size", CardSize.A6.value)
    if asked not in {size.value for size in CardSize}:
        abort(404)
    return CardSize(asked)

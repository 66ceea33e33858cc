"""REST calls about printed cards."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.database import read_session
from core.errors import NotFound
from core.permissions.roles import Permission
from core.web.api import Blueprint
from core.web.guards import current_principal, requires
from market.markets.queries import find_market, place_of
from vendors.printing import cards
from vendors.printing.facts import CardSize
from vendors.printing.schemas import CardQuery, MarketCardsQuery
from vendors.stalls.queries import place_of_stall, stall_by_code

bp = Blueprint("cards", __name__, description="Printed cards of stalls.")


@bp.route("/stalls/<code>/card.<any(png, svg, pdf):form>")
@requires(Permission.CARD_PRINT)
@bp.arguments(CardQuery, location="query")
@bp.alt_response(200, description="The card, as PNG, SVG or PDF.", content_type="application/octet-stream")
def show_card(query: dict[str, Any], code: str, form: str) -> Response:
    """Draw a stall's card. 409 `no_live_code` when it has none."""
    return stall_card(code, form, query["size"])


@bp.route("/markets/<code>/cards.pdf")
@requires(Permission.CARD_PRINT)
@bp.arguments(MarketCardsQuery, location="query")
@bp.alt_response(200, description="One PDF for the whole market.", content_type="application/pdf")
def show_market_cards(query: dict[str, Any], code: str) -> Response:
    """Draw the cards of all stalls in operation that have a code. 409 `no_cards` when none has."""
    return market_cards(code, query["size"], sheet=query["sheet"])


def stall_card(code: str, form: str, size: CardSize) -> Response:
    """A stall's card, to whoever may print it."""
    session = read_session()
    stall = stall_by_code(session, code)
    current_principal().require(Permission.CARD_PRINT, place_of_stall(stall))
    return cards.card_answer(cards.draw_card(session, stall, form, size), form, cards.card_name(stall, size))


def market_cards(code: str, size: CardSize, *, sheet: bool) -> Response:
    """The cards of a market, to whoever may print them all."""
    session = read_session()
    market = find_market(session, code)
    if market is None:
        raise NotFound
    current_principal().require(Permission.CARD_PRINT, place_of(market))
    content = cards.draw_market(market, cards.market_facts(session, market), size, sheet=sheet)
    return cards.card_answer(content, "pdf", f"the-qr-{market.code}-{size.value}{'-x4' if sheet else ''}")

"""Cards of stalls: from what was issued to what is printed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.clock import market_day
from core.container import CoreContainer
from market.markets.models import Market
from vendors.codes.banks import SIMULATED_BIN, bank_name
from vendors.codes.errors import NoCards, NoLiveCode
from vendors.codes.models import PaymentCode
from vendors.codes.queries import live_codes
from vendors.printing import draw
from vendors.printing.facts import CardFacts, CardSize
from vendors.registration.queries import StallFilter, list_stalls
from vendors.stalls.models import Stall, StallStatus

_CONTENT_TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


def facts_of(stall: Stall, code: PaymentCode, public_url: str, *, demo: bool) -> CardFacts:
    """What a stall's card says. A card of the simulated bank is a sample wherever it is drawn."""
    return CardFacts(
        stall_code=stall.code,
        stall_number=stall.number,
        market_name=stall.market.name,
        holder_name=code.settlement_account.holder_name,
        bank_name=bank_name(code.bank_bin),
        account_number=code.account_number,
        payload=code.payload,
        check_url=f"{public_url}/s/{stall.code}",
        version=code.version,
        issued_on=market_day(code.issued_at),
        demo=demo or code.bank_bin == SIMULATED_BIN,
    )


def draw_card(session: Session, stall: Stall, form: str, size: CardSize) -> bytes:
    """A stall's card as `png`, `svg` or `pdf`. Raises `NoLiveCode`."""
    code = live_codes(session, [stall.id]).get(stall.id)
    if code is None:
        raise NoLiveCode(_("A code comes with the approval of a bank account."))
    settings = CoreContainer.current().settings
    facts = facts_of(stall, code, settings.public_url, demo=settings.demo)
    match form:
        case "png":
            return draw.draw_png(facts, size)
        case "svg":
            return draw.draw_svg(facts, size).encode()
        case _:
            return draw.draw_pdf(facts, size)


def market_facts(session: Session, market: Market) -> list[CardFacts]:
    """What the cards of a market's stalls in operation say, by stall number. Raises `NoCards`."""
    settings = CoreContainer.current().settings
    found = list_stalls(session, StallFilter(market.code, StallStatus.ACTIVE))
    facts = [
        facts_of(one.stall, one.code, settings.public_url, demo=settings.demo) for one in found if one.code is not None
    ]
    if not facts:
        raise NoCards
    return facts


def draw_market(
    market: Market,
    facts: list[CardFacts],
    size: CardSize,
    *,
    sheet: bool,
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """The cards of a market as one PDF: a page each, or with `sheet` four A6 cards on A4."""
    title = _("QR cards of %(market)s", market=market.name)
    return draw.draw_many_pdf(facts, size, title=title, sheet=sheet, progress=progress)


def card_answer(content: bytes, form: str, name: str) -> Response:
    """A file that opens in the browser, is called well when it is saved, and is sent again only when it changed."""
    response = Response(content, content_type=_CONTENT_TYPES[form])
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{form}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def card_name(stall: Stall, size: CardSize) -> str:
    """The name of a card's file, without its ending.

    Like "the-qr-DX01-A012-a6".
    """
    return f"the-qr-{stall.code}-{size.value}"

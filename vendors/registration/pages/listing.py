"""Lists: a board's markets, and a market's stalls."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.database import read_session
from core.errors import NotFound
from core.permissions.roles import Permission
from core.text import tidy
from core.web.guards import requires
from market.markets.models import Market
from vendors.registration import labels, queries
from vendors.registration.pages.blueprint import bp, markets_for, may_in
from vendors.registration.queries import MarketCounts, Show, StallFilter
from vendors.stalls.models import Stall

PAGE_SIZE = 50
QUERY_MAX_LENGTH = 80


@bp.get("/")
@requires(Permission.STALL_LIST)
def index() -> str | Response:
    """A market's stalls; without a market, the choice between one's own, or a search through them all."""
    session = read_session()
    markets = markets_for(session, Permission.STALL_LIST)
    code, text = request.args.get("market", "").upper(), tidy(request.args.get("q", ""))[:QUERY_MAX_LENGTH]
    if not code and len(markets) == 1:
        code = markets[0].code
    market = next((market for market in markets if market.code == code), None)
    if code and market is None:
        raise NotFound
    counts = queries.count_by_market(session, Stall.market_id.in_([market.id for market in markets]))
    if market is None and not text:
        return render_template(
            "vendors/stall_markets.html", markets=markets, counts=counts, none_counted=MarketCounts()
        )
    return _list_page(markets, market, counts, text)


def _list_page(markets: list[Market], market: Market | None, counts: dict[int, MarketCounts], text: str) -> str:
    show = _show_asked()
    within = Stall.market_id.in_([one.id for one in ([market] if market else markets)])
    found = queries.list_stalls(
        read_session(),
        StallFilter(show=show, text=text or None),
        within,
        after=request.args.get("after"),
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    kept: dict[str, Any] = {name: request.args[name] for name in ("market", "show", "q") if request.args.get(name)}
    return render_template(
        "vendors/stall_list.html",
        market=market,
        several=len(markets) > 1,
        counts=counts.get(market.id, MarketCounts()) if market else None,
        show=show,
        text=text,
        filters=labels.FILTERS,
        stalls=shown,
        state_of=labels.state_of,
        may_register=bool(market and may_in(market, Permission.STALL_REGISTER)),
        may_print=bool(market and may_in(market, Permission.CARD_PRINT)),
        first=url_for("stalls.index", **kept) if request.args.get("after") else None,
        following=url_for("stalls.index", **kept, after=shown[-1].stall.code) if len(found) > PAGE_SIZE else None,
    )


def _show_asked() -> Show | None:
    asked = request.args.get("show", "")
    return Show(asked) if asked in set(Show) else None

"""Who may open what on the ground floor."""

from __future__ import annotations

from tests.access.table import OPERATORS, PEOPLE, Row, public

NEW_MARKET = {"code": "QQ01", "name": "Chợ Mới", "commune": "25210"}

ROWS = [
    public("static", "/static/favicon.svg"),
    public("market.home", "/"),
    public("market.set_language", "/language", "POST", form={"lang": "en"}),
    public("market.set_theme", "/theme", "POST", form={"theme": "dark"}),
    public("docs.show", "/api/docs"),
    public("api-docs.openapi_json", "/api/v1/openapi.json"),
    public("health.alive", "/healthz"),
    public("health.ready", "/readyz"),
    public("people.sign_in", "/sign-in"),
    public("people.sign_in_with_password", "/sign-in", "POST", form={"username": "nobody", "password": "wrong"}),
    public("people.sign_out", "/sign-out", "POST"),
    Row("people.change_password", "/password", lets_in=PEOPLE),
    Row("people.save_password", "/password", "POST", PEOPLE, form={"old": "wrong", "new": "x", "again": "x"}),
    Row("people.index", "/people/", lets_in=OPERATORS),
    Row("people.new", "/people/new", lets_in=OPERATORS),
    Row("people.open_account", "/people/new", "POST", OPERATORS),
    Row("people.show", "/people/{spare}", lets_in=OPERATORS),
    Row("people.give_grant", "/people/{spare}/grants", "POST", OPERATORS, form={"role": "operator"}),
    Row("people.end_grant", "/people/{spare}/grants/{spare_grant}/end", "POST", OPERATORS),
    Row("people.give_grant_again", "/people/{spare}/grants/{spare_grant}/again", "POST", OPERATORS),
    Row("people.disable", "/people/{spare}/disable", "POST", OPERATORS),
    Row("people.enable", "/people/{spare}/enable", "POST", OPERATORS),
    Row("people.reset_password", "/people/{spare}/password", "POST", OPERATORS),
    Row("people.end_token", "/people/{spare}/tokens/{spare_token}/end", "POST", OPERATORS),
    Row("system.show", "/system", lets_in=OPERATORS),
    Row("system.changes", "/system/changes", lets_in=OPERATORS),
    Row("api_areas.show_areas", "/api/v1/areas", lets_in=PEOPLE),
    Row("api_markets.show_markets", "/api/v1/markets", lets_in=PEOPLE),
    Row("api_markets.show_market", "/api/v1/markets/{market_a}", lets_in=PEOPLE),
    Row("api_markets.add_market", "/api/v1/markets", "POST", OPERATORS | {"province_officer"}, json=NEW_MARKET),
]

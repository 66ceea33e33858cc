"""Who may open what on the ground floor."""

from __future__ import annotations

from tests.access.table import OPERATORS, PEOPLE, Row, public

NEW_MARKET = {"code": "QQ01", "name": "Chợ Mới", "commune": "25210"}

ROWS = [
    public("static", "/static/favicon.svg"),
    public("core.home", "/"),
    public("core.set_language", "/language", "POST", form={"lang": "en"}),
    public("core.set_theme", "/theme", "POST", form={"theme": "dark"}),
    public("docs.show", "/api/docs"),
    public("api-docs.openapi_json", "/api/v1/openapi.json"),
    public("health.alive", "/healthz"),
    public("health.ready", "/readyz"),
    public("users.sign_in", "/sign-in"),
    public("users.sign_in_with_password", "/sign-in", "POST", form={"username": "nobody", "password": "wrong"}),
    public("users.sign_out", "/sign-out", "POST"),
    Row("users.change_password", "/password", lets_in=PEOPLE),
    Row("users.save_password", "/password", "POST", PEOPLE, form={"old": "wrong", "new": "x", "again": "x"}),
    Row("users.index", "/users/", lets_in=OPERATORS),
    Row("users.new", "/users/new", lets_in=OPERATORS),
    Row("users.open_user", "/users/new", "POST", OPERATORS),
    Row("users.show", "/users/{spare}", lets_in=OPERATORS),
    Row("users.give_grant", "/users/{spare}/grants", "POST", OPERATORS, form={"role": "operator"}),
    Row("users.end_grant", "/users/{spare}/grants/{spare_grant}/end", "POST", OPERATORS),
    Row("users.give_grant_again", "/users/{spare}/grants/{spare_grant}/again", "POST", OPERATORS),
    Row("users.disable", "/users/{spare}/disable", "POST", OPERATORS),
    Row("users.enable", "/users/{spare}/enable", "POST", OPERATORS),
    Row("users.reset_password", "/users/{spare}/password", "POST", OPERATORS),
    Row("users.end_token", "/users/{spare}/tokens/{spare_token}/end", "POST", OPERATORS),
    Row("system.show", "/system", lets_in=OPERATORS),
    Row("system.changes", "/system/changes", lets_in=OPERATORS),
    Row("api_areas.show_areas", "/api/v1/areas", lets_in=PEOPLE),
    Row("api_markets.show_markets", "/api/v1/markets", lets_in=PEOPLE),
    Row("api_markets.show_market", "/api/v1/markets/{market_a}", lets_in=PEOPLE),
    Row("api_markets.add_market", "/api/v1/markets", "POST", OPERATORS | {"province_officer"}, json=NEW_MARKET),
]

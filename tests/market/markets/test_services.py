"""Loading and setting up markets, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.database import database
from core.errors import Forbidden, InvalidInput
from core.permissions.principal import SYSTEM, Grant, Principal
from core.permissions.roles import Role, Scope
from market.areas.queries import find_area
from market.loading import Loaded
from market.markets.errors import AreasMissing, MarketCodeTaken
from market.markets.models import Market
from market.markets.queries import find_market, list_markets
from market.markets.registry import read_markets
from market.markets.services import NewMarket, create_market, load_markets


def test_markets_are_loaded_with_both_communes(areas, session):
    assert load_markets(SYSTEM, read_markets()) == Loaded(added=31, changed=0, unchanged=0)
    stored = {market.code: market for market in list_markets(session)}
    for listed in read_markets():
        market = stored[listed.code]
        assert (market.former_commune.code, market.commune.code) == (listed.former_commune, listed.commune)
        assert market.former_commune.valid_to == date(2025, 6, 30)
        assert market.commune.valid_to is None
        assert market.former_commune.parent.code == listed.district


def test_each_new_market_is_in_the_audit_trail(places, session):
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "market.create")).all()
    assert len(entries) == 31
    entry = next(entry for entry in entries if entry.subject_id == "DX01")
    assert (entry.actor_name, entry.subject_type, entry.before) == ("system", "market", None)
    assert entry.after["name"] == "Chợ Đồng Xoài"
    assert entry.after["former_commune"] == "25195"


def test_loading_again_changes_and_records_nothing(places, session):
    assert load_markets(SYSTEM, read_markets()) == Loaded(added=0, changed=0, unchanged=31)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 31


def test_a_correction_is_counted_and_recorded_with_before_and_after(places, session):
    with database().writing() as writing:
        market = find_market(writing, "DX03")
        market.name = "Chợ Tân Thanh"
        market.former_commune = find_area(writing, "25210", date(2025, 6, 30))
    assert load_markets(SYSTEM, read_markets()) == Loaded(added=0, changed=1, unchanged=30)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "market.change")).one()
    assert entry.before == {"name": "Chợ Tân Thanh", "former_commune": "25210"}
    assert entry.after == {"name": "Chợ Tân Thành", "former_commune": "25207"}


def test_without_areas_nothing_is_loaded(app, session):
    with pytest.raises(AreasMissing):
        load_markets(SYSTEM, read_markets())
    assert session.scalar(select(func.count()).select_from(Market)) == 0


def test_the_command_says_what_it_did(areas):
    runner = areas.test_cli_runner()
    assert runner.invoke(args=["markets", "load"]).output == "markets: 31 added, 0 changed, 0 unchanged\n"
    assert runner.invoke(args=["markets", "load"]).output == "markets: 0 added, 0 changed, 31 unchanged\n"


def test_the_command_fails_with_one_line_when_the_areas_are_missing(app):
    result = app.test_cli_runner().invoke(args=["markets", "load"])
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "run `flask --app wsgi areas load` first" in result.output


NEW = NewMarket("dx04", "  Chợ   Tân Đồng ", commune="25195", former_commune="25198")


def officer(area):
    return Principal(1, "an officer", (Grant(Role.PROVINCE_OFFICER, Scope.AREA, area.id),))


def test_a_market_is_set_up(areas, session):
    create_market(SYSTEM, NEW)
    market = find_market(session, "DX04")
    assert (market.code, market.name, market.search_key) == ("DX04", "Chợ Tân Đồng", "cho tan dong dx04")
    assert (market.commune.name, market.former_commune.name) == ("Bình Phước", "Tân Đồng")
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.market_id) == ("market.create", "DX04", market.id)


def test_the_only_former_commune_goes_without_saying(areas, session):
    create_market(SYSTEM, NewMarket("BG03", "Chợ Mới", commune="25225"))
    assert find_market(session, "BG03").former_commune.name == "Đak Ơ"


def test_one_of_several_former_communes_is_not_guessed(areas, session):
    create_market(SYSTEM, NewMarket("DX04", "Chợ Mới", commune="25195"))
    assert find_market(session, "DX04").former_commune is None


def test_a_grant_of_either_tree_lets_set_up(areas, session):
    for number, code in enumerate(("75", "70", "689", "25195"), start=4):
        actor = Principal(None, "an officer", officer(find_area(session, code)).grants)
        assert create_market(actor, NewMarket(f"DX{number:02}", "Chợ Mới", "25195", "25198")).id


def test_outside_the_grant_it_is_forbidden(areas, session):
    with pytest.raises(Forbidden):
        create_market(officer(find_area(session, "690")), NEW)


def test_a_role_without_the_permission_is_refused(areas, session):
    actor = Principal(1, "a registrar", (Grant(Role.REGISTRAR, Scope.AREA, find_area(session, "75").id),))
    with pytest.raises(Forbidden):
        create_market(actor, NEW)


def test_a_taken_code_is_refused(places):
    with pytest.raises(MarketCodeTaken):
        create_market(SYSTEM, NewMarket("dx01", "Chợ khác", "25195"))


def test_of_two_who_want_a_code_at_once_one_gets_it(areas, session):
    start = threading.Barrier(4)

    def claim(name):
        with areas.app_context():
            start.wait()
            try:
                return create_market(SYSTEM, NewMarket("DX04", name, "25195")).name
            except MarketCodeTaken:
                return None

    with ThreadPoolExecutor(4) as threads:
        claimed = [name for name in threads.map(claim, ["Chợ Một", "Chợ Hai", "Chợ Ba", "Chợ Bốn"]) if name]
    assert claimed == [market.name for market in list_markets(session)]
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1


@pytest.mark.parametrize(
    ("commune", "words"),
    [("99999", "99999"), ("689", "689"), ("25207", "Phường Đồng Xoài (25210)")],
    ids=["unknown", "a district", "ended"],
)
def test_the_commune_must_stand_today(areas, commune, words):
    with pytest.raises(InvalidInput) as caught:
        create_market(SYSTEM, NewMarket("DX04", "Chợ Mới", commune))
    assert words in str(caught.value.errors["commune"][0])


def test_the_former_commune_must_have_become_part_of_the_commune(areas):
    with pytest.raises(InvalidInput) as caught:
        create_market(SYSTEM, NewMarket("DX04", "Chợ Mới", "25195", "25207"))
    assert "Phường Tân Đồng (25198)" in str(caught.value.errors["former_commune"][0])

"""The plan: repeatable from its seed, replaced as a whole, kept over a restart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from simbank.faults import telling
from simbank.faults.models import Fault
from simbank.faults.plan import RESTING, Durations
from tests.simbank.cast import API_KEY, Counter, counter
from tests.simbank.faulty import play


def put(counter: Counter, body: object):
    return counter.client.put("/api/v1/faults", json=body, headers={"Authorization": f"Bearer {API_KEY}"})


def plan_of(counter: Counter) -> dict[str, object]:
    return counter.get("/api/v1/faults").json


def strikes(counter: Counter, fault: Fault, events: int) -> str:
    """Ask about some events; return `x` for each that is struck."""
    found = ""
    for _ in range(events):
        with counter.bank.faults.armed(fault) as armed:
            found += "x" if armed is not None and armed.strike(fault) else "."
    return found


def test_by_default_every_fault_is_off(simbank_counter):
    plan = plan_of(simbank_counter)

    assert set(plan["faults"]) == set(Fault)
    assert all((switch["probability"], switch["next"]) == (0, False) for switch in plan["faults"].values())
    assert (plan["seed"], plan["down_until"], plan["events"]) == ("0", None, [])


def test_a_plan_is_put_and_shown(simbank_counter):
    body = {
        "seed": "monsoon",
        "time_out_s": 0.5,
        "down_s": 30,
        "late_s": 7_200,
        "reversed_after_s": 0,
        "faults": {"lost": {"probability": 0.25}, "forged": {"next": True}},
    }

    answer = put(simbank_counter, body)

    assert answer.status_code == 200
    durations = {name: value for name, value in body.items() if name != "faults"}
    assert {name: answer.json[name] for name in durations} == durations
    on = {name: switch for name, switch in answer.json["faults"].items() if switch["probability"] or switch["next"]}
    assert on == {
        "lost": {"probability": 0.25, "next": False, "drawn": 0, "done": 0},
        "forged": {"probability": 0.0, "next": True, "drawn": 0, "done": 0},
    }
    assert plan_of(simbank_counter) == answer.json


def test_a_plan_replaces_the_one_before(simbank_counter):
    put(simbank_counter, {"down_s": 30, "faults": {"lost": {"probability": 1}}})

    plan = put(simbank_counter, {}).json

    assert plan["faults"]["lost"]["probability"] == 0
    assert plan["down_s"] == Durations().down_s


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"faults": {"earthquake": {"next": True}}}, "faults"),
        ({"faults": {"lost": {"probability": 1.1}}}, "faults"),
        ({"faults": {"lost": {"probability": -0.1}}}, "faults"),
        ({"faults": {"lost": {"sometimes": True}}}, "faults"),
        ({"seed": ""}, "seed"),
        ({"seed": "s" * 65}, "seed"),
        ({"time_out_s": 121}, "time_out_s"),
        ({"down_s": 0}, "down_s"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_plan_changes_nothing(simbank_sqlite_counter, body, field):
    put(simbank_sqlite_counter, {"faults": {"late": {"probability": 0.5}}})
    before = plan_of(simbank_sqlite_counter)

    answer = put(simbank_sqlite_counter, body)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert field in answer.json["errors"]
    assert plan_of(simbank_sqlite_counter) == before


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_stranger_neither_sees_nor_changes_the_plan(simbank_still_counter, method):
    assert simbank_still_counter.client.open("/api/v1/faults", method=method, json={}).status_code == 401


def test_the_plan_outlives_its_process(simbank_sqlite_url):
    made = counter(simbank_sqlite_url)
    put(made, {"seed": "s", "faults": {"lost": {"probability": 0.5}}})
    strikes(made, Fault.LOST, 3)
    before = plan_of(made)
    made.bank.stop()

    again = counter(simbank_sqlite_url)

    assert plan_of(again) == before
    assert before["faults"]["lost"]["drawn"] == 3
    again.bank.stop()


def test_one_seed_strikes_the_same_events_and_another_does_not(simbank_counter):
    runs = []
    for seed in ("a", "a", "b"):
        play(simbank_counter, often={Fault.LOST: 0.5}, seed=seed)
        runs.append(strikes(simbank_counter, Fault.LOST, 24))

    assert runs[0] == runs[1] != runs[2]
    assert {"x", "."} <= set(runs[0])


def test_without_a_seed_a_new_plan_goes_on_where_the_last_one_stood(simbank_sqlite_counter):
    play(simbank_sqlite_counter, often={Fault.LOST: 0.5}, seed="a")
    whole = strikes(simbank_sqlite_counter, Fault.LOST, 24)
    play(simbank_sqlite_counter, often={Fault.LOST: 0.5}, seed="a")
    parts = strikes(simbank_sqlite_counter, Fault.LOST, 10)
    play(simbank_sqlite_counter, often={Fault.LOST: 0.5})

    assert parts + strikes(simbank_sqlite_counter, Fault.LOST, 14) == whole


def test_another_fault_that_is_on_changes_no_draw(simbank_sqlite_counter):
    play(simbank_sqlite_counter, often={Fault.LOST: 0.5}, seed="a")
    alone = strikes(simbank_sqlite_counter, Fault.LOST, 24)
    play(simbank_sqlite_counter, often={Fault.LOST: 0.5, Fault.LATE: 0.5}, seed="a")
    together = ""
    for _ in range(24):
        strikes(simbank_sqlite_counter, Fault.LATE, 1)
        together += strikes(simbank_sqlite_counter, Fault.LOST, 1)

    assert together == alone


def test_the_next_one_is_struck_once(simbank_counter):
    play(simbank_counter, Fault.LOST)

    assert strikes(simbank_counter, Fault.LOST, 5) == "x...."
    assert plan_of(simbank_counter)["faults"]["lost"]["done"] == 1


@pytest.mark.parametrize("fault", sorted(RESTING))
def test_what_must_succeed_afterwards_never_strikes_twice_in_a_row(simbank_sqlite_counter, fault):
    play(simbank_sqlite_counter, often={fault: 1})
    assert strikes(simbank_sqlite_counter, fault, 6) == "x.x.x."

    play(simbank_sqlite_counter, fault)
    strikes(simbank_sqlite_counter, fault, 1)
    play(simbank_sqlite_counter, fault)
    assert strikes(simbank_sqlite_counter, fault, 1) == "x"


def test_probabilities_are_kept(simbank_sqlite_counter):
    play(simbank_sqlite_counter, often={Fault.LOST: 0.1}, seed="7")
    assert 8 <= strikes(simbank_sqlite_counter, Fault.LOST, 200).count("x") <= 35

    play(simbank_sqlite_counter, often={Fault.LOST: 1}, seed="7")
    assert strikes(simbank_sqlite_counter, Fault.LOST, 20) == "x" * 20


def test_only_the_last_fifty_are_shown_newest_first(simbank_sqlite_counter):
    play(simbank_sqlite_counter, often={Fault.LOST: 1})
    strikes(simbank_sqlite_counter, Fault.LOST, 50)
    play(simbank_sqlite_counter, Fault.LATE)
    strikes(simbank_sqlite_counter, Fault.LATE, 1)

    shown = plan_of(simbank_sqlite_counter)["events"]

    assert len(shown) == 50
    assert [event["fault"] for event in shown[:2]] == ["late", "lost"]


def test_the_database_itself_refuses_an_impossible_probability(simbank_counter):
    play(simbank_counter)
    with pytest.raises(IntegrityError), simbank_counter.bank.database.write() as session:
        session.execute(text("UPDATE fault_switches SET probability = 2"))


@given(st.text("ABC019 ", max_size=30), st.randoms(use_true_random=False))
def test_an_altered_content_differs_in_one_character_of_its_reference(content, rng):
    altered = telling.reference_altered(content, rng)

    assert (altered is not None) == telling.has_reference(content)
    if altered is not None:
        assert sum(a != b for a, b in zip(altered, content, strict=True)) == 1

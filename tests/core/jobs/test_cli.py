"""The commands `jobs list` and `jobs retry`."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from core.jobs import limits
from core.jobs.worker import Worker
from tests.core.jobs.conftest import Probe, order
from tests.support.jobs import jobs, work


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["jobs", *arguments])
    return answer.exit_code, answer.output


def give_up(app: Flask, probe: Probe, monkeypatch) -> None:
    monkeypatch.setattr(limits, "ATTEMPTS_MAX", 1)
    probe.answers = [ValueError()]
    order()
    work(app)


def test_it_lists_what_is_not_done(app: Flask, probe: Probe, monkeypatch) -> None:
    order()
    work(app)
    give_up(app, probe, monkeypatch)
    order("of a newer version")
    code, said = run(app, "list")
    lines = said.splitlines()
    assert (code, len(lines)) == (0, 2)
    assert "given up" in lines[0]
    assert "ValueError" in lines[0]
    assert "of a newer version" in lines[1]
    assert "due 2" in lines[1]


def test_it_says_who_works_on_a_job(app: Flask, probe: Probe) -> None:
    worker = Worker(app)
    probe.meanwhile = lambda: seen.append(run(app, "list")[1])
    seen: list[str] = []
    order()
    worker.work_once()
    assert re.search(rf"with {re.escape(worker.name)}/[0-9a-f]+, attempt 1\n", seen[0])


def test_what_was_given_up_is_tried_again(app: Flask, probe: Probe, monkeypatch) -> None:
    give_up(app, probe, monkeypatch)
    assert run(app, "retry", str(jobs()[0].id)) == (0, f"job {jobs()[0].id} is tried again\n")
    work(app)
    assert jobs()[0].done_at is not None


def test_nothing_else_is(app: Flask, probe: Probe) -> None:
    order()
    code, said = run(app, "retry", str(jobs()[0].id))
    assert code == 1
    assert "was given up" in said


@pytest.mark.parametrize("number", ["0", "9" * 23])
def test_a_number_that_no_job_can_have_is_refused(app: Flask, probe: Probe, number: str) -> None:
    code, said = run(app, "retry", number)
    assert code == 2
    assert "is not in the range" in said

"""The documents name every setting, command, error and call that there is, and none that there is not."""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from pathlib import Path

import click
import pytest
from flask import Flask
from flask.cli import AppGroup

import wsgi
from core.database import Base
from core.settings import KNOWN, PROJECT_ROOT, load_settings
from core.web.docs import known_problems

DOCS = PROJECT_ROOT / "docs"


@pytest.fixture(scope="module")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application without a database: documents need none."""
    return wsgi.create_app(load_settings({"CHO40_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('x')}/none.db"}))


def first_cells(document: str) -> list[str]:
    """What stands as code in the first cells of a document's tables."""
    return re.findall(r"^\| `([^`]+)` \|", (DOCS / document).read_text(), re.MULTILINE)


def test_every_setting_is_described() -> None:
    assert sorted(first_cells("settings.md")) == sorted(KNOWN)


def test_every_command_of_flask_is_described(bare_app: Flask) -> None:
    there_are = {
        f"{group.name} {name}"
        for group in bare_app.cli.commands.values()
        if isinstance(group, AppGroup) and group.name != "openapi"  # a library's
        for name in group.commands
    } | {name for name, command in bare_app.cli.commands.items() if not isinstance(command, click.Group)}
    described = {
        words for words in first_cells("commands.md") if not words.startswith(("make ", "scripts/", "python "))
    }
    assert described == there_are


def test_every_target_of_make_is_described_and_helps() -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    described = {words.removeprefix("make ") for words in first_cells("commands.md") if words.startswith("make ")}
    assert described == targets


def test_every_script_that_is_described_is_there() -> None:
    for words in first_cells("commands.md"):
        if words.startswith("scripts/"):
            assert (PROJECT_ROOT / words.split()[0]).is_file()


def test_every_table_is_described_with_its_room() -> None:
    there_are: dict[str, set[str]] = defaultdict(set)
    for mapper in Base.registry.mappers:
        room = "/".join(mapper.class_.__module__.split(".")[:2])
        there_are[room].add(str(mapper.local_table))
    rows = re.findall(r"^\| `(\w+/\w+)` \| ((?:`\w+` ?)+) \|", (DOCS / "architecture.md").read_text(), re.MULTILINE)
    assert {room: set(re.findall(r"\w+", tables)) for room, tables in rows} == there_are


def test_every_room_is_drawn() -> None:
    drawing = importlib.import_module("scripts.draw_floors")
    assert (DOCS / "floors.svg").read_text(encoding="utf-8") == drawing.draw()


def test_every_room_that_the_architecture_names_is_there() -> None:
    floors = "core|market|vendors|payments|adoption"
    named = set(re.findall(rf"`((?:{floors})/[a-z_/.]+)`", (DOCS / "architecture.md").read_text()))
    assert len(named) > 20
    for name in sorted(named):
        assert (PROJECT_ROOT / name).exists(), name


def test_every_error_is_described_with_its_status(bare_app: Flask) -> None:
    described = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", (DOCS / "errors.md").read_text(), re.MULTILINE)
    with bare_app.test_request_context():
        there_are = {(str(problem.status), problem.code) for problem in known_problems()}
    assert set(described) == there_are
    assert len(described) == len(there_are)


def test_every_call_is_described_with_who_may(bare_app: Flask) -> None:
    document = bare_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    there_are = {
        f"{method.upper()} {path}": who(operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }
    described = dict(
        re.findall(r"^\| `([A-Z]+ /api/v1/[^`]+)` \| ([^|]+) \|", (DOCS / "api.md").read_text(), re.MULTILINE)
    )
    assert described == there_are


def who(operation: dict[str, list[str]]) -> str:
    permissions = operation.get("x-permissions")
    if permissions is None:
        return "everybody"
    return ", ".join(f"`{permission}`" for permission in permissions) or "any token"


@pytest.mark.parametrize(
    "path", sorted(PROJECT_ROOT.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=lambda path: path.name
)
def test_no_link_of_a_document_leads_nowhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (path.parent / target).exists(), target

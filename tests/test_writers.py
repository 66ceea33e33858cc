"""Only services write: what opens a unit of work or builds a statement that writes is a service, or stands below."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("core", "market", "vendors", "payments", "adoption", "demo")

#: Modules that write and are no services, each with its reason; a name with a star speaks for all that begin so.
ENGINES: Final = {
    "core/database.py": "makes the unit of work, and the one way to delete in portions",
    **dict.fromkeys(
        (
            f"payments/recording/{name}"
            for name in ("aliases.py", "booking.py", "ingest.py", "recorder.py", "reversals.py", "rows/*")
        ),
        "the recorder's engine: groups of credits in transactions of its own, measured by the µs",
    ),
    "payments/reconciliation/discrepancies.py": "what a statement's settling writes down; handed its service's session",
    "demo/loading.py": "makes the demo's vendor of a stall that the services below have opened",
}

WRITING_CALLS = {"insert", "update", "delete", "upsert", "sweep", "unit_of_work"}
WRITING_METHODS = {"writing", "add", "add_all", "delete", "merge", "begin_nested"}
DIALECTS = {"sqlite", "postgresql"}
WRITING_SQL = re.compile(r"\s*(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|COPY\s+\S+\s)")


def writes(node: ast.AST) -> bool:
    """Whether a part of a module opens a unit of work, or writes."""
    if isinstance(node, ast.FunctionDef):
        return any(isinstance(one, ast.Name) and one.id == "unit_of_work" for one in node.decorator_list)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and WRITING_SQL.match(node.value) is not None
    if isinstance(node, ast.Attribute):
        of = node.value.id if isinstance(node.value, ast.Name) else ""
        return (
            node.attr == "writing"
            or (of == "session" and node.attr in WRITING_METHODS)
            or (of in DIALECTS and node.attr == "insert")
        )
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRITING_CALLS


def writers(root: Path) -> set[str]:
    """The modules that write, by their paths."""
    files = (file for floor in FLOORS for file in (root / floor).rglob("*.py"))
    return {
        file.relative_to(root).as_posix()
        for file in files
        if any(writes(node) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    }


def is_service(path: str) -> bool:
    return "services" in Path(path).with_suffix("").parts


def engine_of(path: str) -> str | None:
    """The entry of `ENGINES` that a module stands under."""
    return next((entry for entry in ENGINES if fnmatch(path, entry)), None)


def test_only_services_write() -> None:
    found = writers(ROOT)
    assert sum(map(is_service, found)) > 15  # it does see writers
    assert {path for path in found if not is_service(path) and engine_of(path) is None} == set()


def test_every_engine_that_is_listed_does_write() -> None:
    assert {engine_of(path) for path in writers(ROOT)} - {None} == set(ENGINES)


@pytest.mark.parametrize(
    "line",
    [
        "@unit_of_work\ndef save(session): ...",
        "session.execute(update(User).values(name=''))",
        "session.execute(delete(User))",
        "sweep(session, User, User.id < 9, 5)",
        "session.add(user)",
        "statement = postgresql.insert(User)",
        "with database().writing() as session: ...",
        "session.execute(text('DELETE FROM users'))",
    ],
)
def test_one_that_writes_elsewhere_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "pages.py").write_text(line, encoding="utf-8")
    assert writers(tmp_path) == {"core/pages.py"}


def test_one_that_reads_is_not(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    lines = (
        "session.scalars(select(User))\nnames.add('a')\nseen.update(names)\nwith database().reading() as session: ...\n"
    )
    (tmp_path / "core" / "queries.py").write_text(lines, encoding="utf-8")
    assert writers(tmp_path) == set()

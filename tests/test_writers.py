"""Only services write: what opens a unit of work or writes to a table is a service, or stands below with its reason.

Each module is read, not run. What counts as writing: to call one of the names of `WRITING_CALL` or be decorated by it,
to give a value to an attribute that has the name of a column, and SQL that writes. Each has its samples at the end.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

import wsgi  # noqa: F401 - imports every package, and with them every table
from core.database import Base

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("core", "market", "vendors", "payments", "adoption", "demo")

#: Modules that write and are no services, each with its reason; a name with a star speaks for all that begin so.
ENGINES: Final = {
    "core/database.py": "makes the unit of work, and the one way to delete in portions",
    **dict.fromkeys(
        (
            f"payments/recording/{name}"
            for name in ("aliases.py", "booking.py", "ingest.py", "ledger.py", "recorder.py", "reversals.py", "rows/*")
        ),
        "the recorder's engine: groups of credits in transactions of its own, measured by the µs",
    ),
    **dict.fromkeys(
        ("payments/reconciliation/apply.py", "payments/reconciliation/discrepancies.py"),
        "what becomes of a statement's lines; handed its service's session",
    ),
    "demo/loading.py": "makes the demo's vendor of a stall that the services below have opened",
}

#: What is called to write, by its full name: what was imported is called by where it comes from, so that
#: `import sqlalchemy as sa` makes `sa.update` a "sqlalchemy.update".
WRITING_CALL = re.compile(
    r"""
      sqlalchemy\. ([\w.]+\.)? (insert|update|delete)                # a statement, of whichever dialect
    | core\.database\. (upsert|sweep|sweep_all|unit_of_work)
    | .+\.__table__\. (insert|update|delete)
    | (.+\.)? _?session\. (add|add_all|delete|merge|begin_nested)    # session, self._session
    | .+\.bulk_\w+
    | .+\.writing                                                    # database().writing
    """,
    re.VERBOSE,
)
WRITING_SQL = re.compile(r"\b(INSERT INTO|DELETE FROM|UPDATE \w+ SET|MERGE INTO|COPY \w+ ?(\(|FROM)|TRUNCATE)")
#: Names of what is no row, and yet has attributes with the names of columns; `g` is Flask's.
NO_ROWS = {"self", "g", "report"}


def columns() -> set[str]:
    """The attributes of all tables' rows."""
    return {attribute.key for mapper in Base.registry.mappers for attribute in mapper.attrs}


def imported(tree: ast.Module) -> dict[str, str]:
    """Where the names come from that a module imports: {"sa": "sqlalchemy", "update": "sqlalchemy.update"}."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            origins |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            origins |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return origins


def full_name(node: ast.expr, origins: Mapping[str, str]) -> str:
    """What an expression is called, with its beginning as it is called where it comes from."""
    if isinstance(node, ast.Name):
        return origins.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{full_name(node.value, origins)}.{node.attr}"
    return ast.unparse(node)


def sql(node: ast.AST) -> str:
    """The text of a string, in one line; what an f-string puts in becomes an x."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [part.value if isinstance(part, ast.Constant) else "x" for part in parts]
    return " ".join("".join(text for text in texts if isinstance(text, str)).split())


def ways_to_write(tree: ast.Module) -> Iterator[str]:
    """What a module does that writes, in its own words."""
    origins, rows_have = imported(tree), columns()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=called) if WRITING_CALL.fullmatch(full_name(called, origins)):
                yield ast.unparse(node)
            case ast.Call(func=ast.Name("setattr"), args=[of, *_]) if ast.unparse(of) not in NO_ROWS:
                yield ast.unparse(node)
            case ast.Attribute(value=of, attr=name, ctx=ast.Store()) if name in rows_have:
                if ast.unparse(of) not in NO_ROWS:
                    yield ast.unparse(node)
            case ast.Constant(value=str()) | ast.JoinedStr() if WRITING_SQL.search(sql(node)):
                yield sql(node)
            case ast.FunctionDef(decorator_list=decorators):
                named = (full_name(one, origins) for one in decorators)
                yield from (name for name in named if WRITING_CALL.fullmatch(name))


def writers(root: Path) -> set[str]:
    """The modules that write, by their paths."""
    files = (file for floor in FLOORS for file in (root / floor).rglob("*.py"))
    return {
        file.relative_to(root).as_posix()
        for file in files
        if any(ways_to_write(ast.parse(file.read_text(encoding="utf-8"))))
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
    "lines",
    [
        "from core.database import unit_of_work\n@unit_of_work\ndef save(session): ...",
        "from core import database\n@database.unit_of_work\ndef save(session): ...",
        "from core.database import unit_of_work, sweep\nunit_of_work(sweep)(User, True, 5)",
        "with database().writing() as session: ...",
        "with self._database.writing() as session: ...",
        "session.add(user)",
        "self._session.add(user)",
        "self.session.add_all(users)",
        "session.merge(user)",
        "with session.begin_nested(): ...",
        "session.bulk_insert_mappings(User, rows)",
        "self._session.bulk_save_objects(rows)",
        "from sqlalchemy import update\nsession.execute(update(User).values(name=''))",
        "from sqlalchemy import delete as gone\nsession.execute(gone(User))",
        "import sqlalchemy as sa\nsession.execute(sa.update(User))",
        "import sqlalchemy\nsession.execute(sqlalchemy.delete(User))",
        "from sqlalchemy.dialects import postgresql\nstatement = postgresql.insert(User)",
        "from sqlalchemy.dialects.sqlite import insert\nstatement = insert(User)",
        "session.execute(User.__table__.insert(), rows)",
        "session.execute(models.User.__table__.delete())",
        "from core.database import upsert\nself._session.execute(upsert(self._session, User), rows)",
        "from core.database import sweep_all\nsweep_all(User, User.id < 9, 5)",
        "session.execute(text('DELETE FROM users'))",
        "SAVE = '''\n  WITH given AS (SELECT 1)\n  INSERT INTO\n  users (id) SELECT * FROM given'''",
        "session.execute(text(f'UPDATE {table} SET name = :name'))",
        "cursor.copy(f'COPY {table} (id, name) FROM STDIN')",
        "user.password_hash = hashed",
        "job.leased_by = job.leased_until = None",
        "job.run_at, job.last_error = now, None",
        "chain.last_receipt_number += 1",
        "session.get_one(Stall, 1).vendor.user_id = 1",
        "setattr(line, f'{what}_id', ours.id)",
    ],
)
def test_one_that_writes_elsewhere_is_found(tmp_path: Path, lines: str) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "pages.py").write_text(lines, encoding="utf-8")
    assert writers(tmp_path) == {"core/pages.py"}


@pytest.mark.parametrize(
    "lines",
    [
        "session.scalars(select(User).with_for_update())",
        "with database().reading() as session: ...",
        "names.add('a')\nseen.update(names)\nreasons.insert(0, 'a')",
        "app.config.update(NAME='a')\nhashlib.sha256().update(b'')",
        "from core.database import read_session\nread_session().get(User, 1)",
        "session.execute(text('SELECT * FROM users FOR UPDATE'))",
        "self.name = 'a'\nreport.payments_vnd += 1",
        "g.principal = None\napp.permanent_session_lifetime = 5",
        "'''Deletes from users, inserts into nothing.'''",
    ],
)
def test_one_that_reads_is_not(tmp_path: Path, lines: str) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "queries.py").write_text(lines, encoding="utf-8")
    assert writers(tmp_path) == set()

"""No two packages import each other, whichever floors they are on; `import-linter` holds the order of the floors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("core", "market", "vendors", "payments", "adoption", "demo", "vietqr", "simbank")


def modules(root: Path) -> dict[str, Path]:
    """Every module below the floors: dotted name → file."""
    found = {}
    for floor in FLOORS:
        for file in (root / floor).rglob("*.py"):
            found[".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")] = file
    return found


def package_of(module: str, file: Path) -> str:
    """The package that a module stands in."""
    return module if file.name == "__init__.py" else module.rpartition(".")[0]


def imported(file: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if (inner if inner in known else node.module) in known:
                    yield inner if inner in known else node.module


def arrows(root: Path) -> set[tuple[str, str]]:
    """Pairs of packages of which the first imports the second; a package and its own subpackage are one."""
    known = modules(root)
    found = set()
    for module, file in known.items():
        here = package_of(module, file)
        for target in imported(file, known):
            there = package_of(target, known[target])
            if not (f"{there}.".startswith(f"{here}.") or f"{here}.".startswith(f"{there}.")):
                found.add((here, there))
    return found


def test_no_two_packages_import_each_other() -> None:
    found = arrows(ROOT)
    assert len(found) > 50  # it does see imports
    assert {pair for pair in found if pair[::-1] in found} == set()


def test_two_that_do_are_found(tmp_path: Path) -> None:
    for floor in FLOORS:
        (tmp_path / floor).mkdir()
    for here, there in (("a", "b"), ("b", "a")):
        package = tmp_path / "core" / here
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "models.py").write_text(f"def late():\n    from core.{there} import models\n", encoding="utf-8")
    assert arrows(tmp_path) == {("core.a", "core.b"), ("core.b", "core.a")}

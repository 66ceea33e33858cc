"""The package as others get it: alone, documented, typed."""

import ast
import doctest
import inspect
import re
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import vietqr
from vietqr import errors

PACKAGE = Path(vietqr.__file__).parent
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
MODULES = sorted(PACKAGE.glob("*.py"))
CAUSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, errors.VietQRError) and found is not errors.VietQRError
]


def test_the_examples_of_the_readme_run() -> None:
    result = doctest.testfile(str(PACKAGE / "README.md"), module_relative=False, encoding="utf-8")
    assert result.attempted > 5
    assert result.failed == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_imports_only_itself_and_the_standard_library(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names: list[str | None] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        for name in names:
            top = (name or "").split(".")[0]
            assert top == "vietqr" or top in sys.stdlib_module_names


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_every_error_is_in_the_readme(cause: type[errors.VietQRError]) -> None:
    assert f"| `{cause.code}` | `{cause.__name__}` |" in README
    assert cause.__doc__


def test_the_readme_has_no_error_that_is_not() -> None:
    assert len(re.findall(r"^\| `\w+` \| `\w+` \|", README, re.MULTILINE)) == len(CAUSES)


def test_no_two_errors_share_a_code() -> None:
    assert len({cause.code for cause in CAUSES}) == len(CAUSES)


def test_carries_its_types_and_the_sources_of_its_data() -> None:
    assert files("vietqr").joinpath("py.typed").is_file()
    assert "Licence" in files("vietqr").joinpath("data", "SOURCES.md").read_text("utf-8")


def test_exports_what_it_says() -> None:
    assert all(hasattr(vietqr, name) for name in vietqr.__all__)
    for name in ("decode", "encode", "faults", "fold", "crc", "banks", "compact", "is_valid"):
        assert name in vietqr.__all__

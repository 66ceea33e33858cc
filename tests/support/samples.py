"""Packages of other people that tests look into: `make setup` fetches them, locked, and nothing installs them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from lxml import etree

from core.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "build" / "samples"


def package(name: str) -> Path:
    """The one file of a package."""
    found = list(FOLDER.glob(f"{name}-*.whl"))
    assert len(found) == 1, f"{name} is not in {FOLDER}: `make setup` fetches it"
    return found[0]


def file_of(name: str, path: str) -> bytes:
    """What a file within a package holds."""
    with zipfile.ZipFile(package(name)) as whole:
        return whole.read(path)


def schema(version: str) -> etree.XMLSchema:
    """The standard's own schema of camt.053."""
    content = file_of("camt053", f"camt053/xsd/camt.053.001.{version}.xsd")
    return etree.XMLSchema(etree.parse(io.BytesIO(content)))


def faults(version: str, content: bytes) -> list[str]:
    """What the standard's schema has against a document."""
    checked = schema(version)
    checked.validate(etree.fromstring(content))
    return [str(fault.message) for fault in checked.error_log]

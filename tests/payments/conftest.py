from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.settings import Settings
from tests.support.beside import BankBeside, open_beside


@pytest.fixture
def simulated_bank(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[BankBeside]:
    """The simulated bank itself, in this process, with a database of its own."""
    bank = open_beside(app, settings, tmp_path)
    yield bank
    bank.close()

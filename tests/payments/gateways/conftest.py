from __future__ import annotations

import pytest

from core.settings import Settings, load_settings
from tests.conftest import TEST_ENVIRONMENT
from tests.support.providers import ENVIRONMENT


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An application that hears all providers."""
    return load_settings(TEST_ENVIRONMENT | ENVIRONMENT | {"CHO40_DATABASE_URL": database_url})

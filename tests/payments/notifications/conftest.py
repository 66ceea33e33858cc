from __future__ import annotations

import pytest
from flask import Flask

from tests.support.doors import DOORS, Door


@pytest.fixture(params=sorted(DOORS))
def door(request: pytest.FixtureRequest, app: Flask) -> Door:
    """Each door in turn: what is asked of one is asked of the other."""
    return DOORS[request.param](app)

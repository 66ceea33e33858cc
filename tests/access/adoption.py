"""Who may open what about adoption. Markets and areas outside of a grant show in no figure."""

from __future__ import annotations

from tests.access.table import BOARD, OFFICERS, OPERATORS, Row

READERS = BOARD | OFFICERS | OPERATORS | {"outsider"}

ROWS = [
    Row("adoption.index", "/adoption/", lets_in=READERS),
    Row("adoption.export", "/adoption/adoption.csv", lets_in=READERS),
    Row("api_adoption.get_adoption", "/api/v1/adoption", lets_in=READERS),
    Row("api_adoption.get_adoption_csv", "/api/v1/adoption.csv", lets_in=READERS),
]

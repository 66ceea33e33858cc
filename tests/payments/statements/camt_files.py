"""Reading camt.053 in tests: what a file gives, of one kind."""

from __future__ import annotations

import io

import pytest

from payments.statements.camt import read_camt
from payments.statements.errors import Unreadable
from payments.statements.items import AccountPeriod, Finding, Item


def read(content: bytes) -> list[Item]:
    return list(read_camt(io.BytesIO(content)))


def findings_of(content: bytes) -> list[Finding]:
    return [item for item in read(content) if isinstance(item, Finding)]


def period_of(content: bytes) -> AccountPeriod:
    (period,) = [item for item in read(content) if isinstance(item, AccountPeriod)]
    return period


def refused(content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(content)
    return caught.value

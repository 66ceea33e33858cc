"""A vendor's phone in tests: the live page open in a browser, and money that comes meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from core import clock
from core.database import database
from payments.recording.recorder import commit
from tests.support.money import CodedStall, credit, submission

#: Notes that a tone was played.
EARS = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (when) { window.tones += 1; start.call(this, when); };
"""


@dataclass
class Screen:
    """A vendor's phone with the live page open."""

    page: Page
    context: BrowserContext
    stall: CodedStall

    def pay(self, *amounts_vnd: int, **changes: Any) -> None:
        facts = {"paid_at": clock.now()} | changes
        commit(database(), [submission(*(credit(self.stall, amount_vnd=vnd, **facts) for vnd in amounts_vnd))])

    @property
    def amount(self) -> Locator:
        return self.page.get_by_test_id("live-amount")

    def is_listening(self) -> None:
        expect(self.page.get_by_test_id("link-state")).to_have_attribute("data-state", "listening")

    def receipts(self) -> list[int]:
        """The numbers in the list, from top to bottom."""
        return [int(n) for n in re.findall(r"Biên nhận số (\d+)", self.page.locator("#receipts").inner_text())]

    def has_receipts(self, *numbers: int) -> None:
        expect(self.page.locator("#receipts li")).to_have_count(len(numbers))
        assert self.receipts() == list(numbers)

    def spoken(self) -> list[str]:
        spoken: list[str] = self.page.evaluate("window.spoken")
        return spoken

    def has_spoken(self, count: int) -> list[str]:
        self.page.wait_for_function("(count) => window.spoken.length >= count", arg=count)
        return self.spoken()


Open = Callable[..., Screen]

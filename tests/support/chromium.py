"""Headless Chromium, and what is held before its camera."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

EXECUTABLE = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
# What a page shows is waited for as long as what it does: machines that test are busy.
expect.set_options(timeout=30_000)

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

#: Stands for a device's voices, of which headless browsers have none: notes what it is given to say, and says it fast.
VOICES = """
window.spoken = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [{ lang: "%s" }],
  cancel() {},
  speak(words) {
    window.spoken.push(words.lang + " " + words.text);
    setTimeout(() => words.onstart(), 10);
    setTimeout(() => words.onend(), 30);
  },
} });
"""

FRAME = (1280, 720)
TABLE_GREY = 120
FRAMES = 4


@contextmanager
def chromium(film: Path | None = None) -> Iterator[Browser]:
    """A browser, whose camera sees a film (.y4m) if there is one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=_flags(film))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def with_camera(other: Browser, film: Path) -> Iterator[Browser]:
    """A second browser, whose camera sees a film (.y4m)."""
    browser = other.browser_type.launch(executable_path=EXECUTABLE, args=_flags(film))
    try:
        yield browser
    finally:
        browser.close()


def _flags(film: Path | None) -> list[str]:
    return [*FLAGS, *([f"--use-file-for-fake-video-capture={film}"] if film else [])]


def film(path: Path, pdf: bytes, *, turned_by: float) -> Path:
    """A short film of a PDF's first page lying on a grey table, turned by some degrees."""
    page = pypdfium2.PdfDocument(pdf)[0]
    picture = page.render(scale=640 / page.get_height()).to_pil().convert("L")
    turned = picture.rotate(turned_by, expand=True, fillcolor=TABLE_GREY, resample=Image.Resampling.BICUBIC)
    turned.thumbnail(FRAME)
    frame = Image.new("L", FRAME, TABLE_GREY)
    frame.paste(turned, ((FRAME[0] - turned.width) // 2, (FRAME[1] - turned.height) // 2))
    luma = np.asarray(frame, dtype=np.uint8).tobytes()
    chroma = bytes([128]) * (FRAME[0] * FRAME[1] // 2)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{FRAME[0]} H{FRAME[1]} F10:1 Ip A1:1 C420\n".encode())
        for _ in range(FRAMES):
            out.write(b"FRAME\n" + luma + chroma)
    return path

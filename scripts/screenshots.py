"""Take the README's pictures anew: demo data into a folder of its own, the real server, headless Chromium.

Writes docs/pictures/*.png. Takes about two minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.settings import DEMO_API_KEY  # noqa: E402
from demo import cast  # noqa: E402 - after the path is set
from tests.support.chromium import DESK, PHONE, VOICES, chromium  # noqa: E402
from tests.support.servers import House  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
LOAD = ("demo", "load", "--stalls", "600", "--payments", "60000")
#: What the card says where to check it.
PUBLIC_URL = "http://cho.example.vn"
SHOPPER_ACCOUNT = "990100000001"
PAID_VND = 45_000
PAPER = "#FBF8F1"
GAP = 40
HEIGHT = 1_100


def main() -> None:
    """Load, serve, take, compose."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(f"sqlite:///{folder}/cho40.db", Path(folder), {"CHO40_PUBLIC_URL": PUBLIC_URL})
        try:
            _prepare(house)
            house.start()
            with chromium() as browser:
                _take(house, browser)
        finally:
            house.stop()
    _compose()


def _prepare(house: House) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "CHO40_ENV": "demo",
        "CHO40_DATABASE_URL": house.database_url,
        "CHO40_LOG_LEVEL": "WARNING",
    }
    for command in (("database", "upgrade"), LOAD):
        flask = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
        subprocess.run(flask, cwd=ROOT, env=environment, check=True)


def _signed_in(browser: Browser, house: House, person: cast.Person, size: dict[str, int]) -> Page:
    page = browser.new_context(viewport=size, device_scale_factor=2, color_scheme="light").new_page()
    page.goto(f"{house.url}/sign-in")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", person.password)
    page.locator("main form").get_by_role("button").click()
    page.wait_for_load_state()
    return page


def _take(house: House, browser: Browser) -> None:
    PICTURES.mkdir(exist_ok=True)
    code = str(cast.VENDOR.place)
    board = _signed_in(browser, house, cast.REGISTRAR, DESK)
    (PICTURES / "card.png").write_bytes(board.request.get(f"{house.url}/stalls/{code}/card.png?size=a6").body())
    board.goto(f"{house.url}/stalls/{code}")
    board.screenshot(path=PICTURES / "stall.png")
    officer = _signed_in(browser, house, cast.DISTRICT_OFFICER, DESK)
    officer.goto(f"{house.url}/adoption/")
    officer.screenshot(
        path=PICTURES / "adoption.png", clip={"x": 0, "y": 0, "width": 1280, "height": 1100}, full_page=True
    )
    vendor = _signed_in(browser, house, cast.VENDOR, PHONE)
    vendor.add_init_script(VOICES % "vi-VN")
    vendor.goto(f"{house.url}/vendor/{code}/")
    vendor.locator("#sound button").click()
    _pay(house, code, board)
    vendor.wait_for_selector("body.arrived")
    vendor.screenshot(path=PICTURES / "vendor.png")


def _pay(house: House, code: str, board: Page) -> None:
    """Move money in the simulated bank to the stall's virtual account, which its page shows."""
    board.goto(f"{house.url}/s/{code}")
    account = board.locator("text=/SB40[0-9]{12}/").first.inner_text().split()[-1]
    order = {
        "from_account": SHOPPER_ACCOUNT,
        "to_bank_bin": "970499",
        "to_account": account,
        "amount_vnd": PAID_VND,
        "content": "rau",
        "idempotency_key": "picture",
    }
    answer = httpx.post(
        f"{house.url}/simbank/api/v1/transfers", json=order, headers={"Authorization": f"Bearer {DEMO_API_KEY}"}
    )
    answer.raise_for_status()


def _compose() -> None:
    """The card, the vendor's screen and the adoption page side by side on paper."""
    pictures = [Image.open(PICTURES / name).convert("RGB") for name in ("card.png", "vendor.png", "adoption.png")]
    scaled = [picture.resize((round(picture.width * HEIGHT / picture.height), HEIGHT)) for picture in pictures]
    width = sum(picture.width for picture in scaled) + GAP * (len(scaled) + 1)
    sheet = Image.new("RGB", (width, HEIGHT + 2 * GAP), PAPER)
    left = GAP
    for picture in scaled:
        sheet.paste(picture, (left, GAP))
        left += picture.width + GAP
    sheet.save(PICTURES / "overview.png", optimize=True)
    for name in ("card.png", "vendor.png", "adoption.png", "stall.png"):
        picture = Image.open(PICTURES / name)
        picture.thumbnail((1280, 1280))
        picture.save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    main()

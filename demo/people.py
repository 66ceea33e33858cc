"""Invented vendors, recognisably so: every one of them is called a sample, and their phones begin with 090000."""

from __future__ import annotations

import random
from dataclasses import dataclass

import vietqr

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Phan")
MIDDLES = ("Thị", "Văn", "Ngọc", "Hữu", "Kim", "Minh", "Thu", "Thanh")
ORDINALS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")

#: How many phone numbers there are for invented vendors.
VENDORS_MAX = 9_999

GOODS_LINES = {
    # goods line: (typical ticket in đồng, how often it is met)
    "Rau củ": (25_000, 22),
    "Trái cây": (55_000, 12),
    "Thịt heo": (90_000, 12),
    "Cá, hải sản": (95_000, 10),
    "Gà, vịt": (110_000, 6),
    "Gạo, hàng khô": (75_000, 8),
    "Tạp hóa": (60_000, 9),
    "Ăn uống": (35_000, 10),
    "Quần áo, giày dép": (180_000, 7),
    "Đồ gia dụng": (120_000, 4),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented vendor with an account at the simulated bank."""

    name: str
    phone: str
    goods_line: str
    account_number: str

    @property
    def holder_name(self) -> str:
        """As the bank writes it."""
        return vietqr.fold(self.name)


def sample_vendor(rng: random.Random, serial: int) -> Sample:
    """The `serial`-th invented vendor, from 1 to `VENDORS_MAX`."""
    name = f"{rng.choice(SURNAMES)} {rng.choice(MIDDLES)} Mẫu {rng.choice(ORDINALS)}"
    lines = list(GOODS_LINES)
    goods_line = rng.choices(lines, [GOODS_LINES[line][1] for line in lines])[0]
    return Sample(name, f"090000{serial:04d}", goods_line, f"4000{serial:09d}")

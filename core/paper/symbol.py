"""The QR symbol of a payload: modules, and the rows of dark runs that painters draw as one path."""

from dataclasses import dataclass
from functools import lru_cache

import qrcode
from qrcode.constants import ERROR_CORRECT_Q

from core.paper.errors import CannotBeDrawn

QUIET_ZONE_MODULES = 4

# qrcode's search for the best mask draws the symbol eight times and takes seven times as long as drawing it once.
# benchmarks/cards.py compares every mask under blur, noise and rotation on payloads of this project: this one is read
# as often as the best of the eight.
MASK = 0

# Runs of digits at least this long get numeric mode of their own. VietQR payloads are mostly digits, and this often
# saves a version, so that each module is larger on the same paper.
NUMERIC_RUN_MIN_CHARS = 6

_REMEMBERED_SYMBOLS = 256


@dataclass(frozen=True, slots=True)
class Symbol:
    """A square of modules; `rows[y][x]` is true where it is dark."""

    rows: tuple[tuple[bool, ...], ...]

    @property
    def side(self) -> int:
        """Modules along one side, without the quiet zone."""
        return len(self.rows)

    def dark_runs(self) -> list[tuple[int, int, int]]:
        """Every horizontal run of dark modules as (x, y, length), in modules from the top left."""
        runs = []
        for y, row in enumerate(self.rows):
            begin = None
            for x, dark in enumerate((*row, False)):
                if dark and begin is None:
                    begin = x
                elif not dark and begin is not None:
                    runs.append((begin, y, x - begin))
                    begin = None
        return runs


@lru_cache(maxsize=_REMEMBERED_SYMBOLS)
def encode(payload: str) -> Symbol:
    """The symbol that carries the payload at error-correction level Q. Raises `CannotBeDrawn` where it is too long."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=MASK)
    code.add_data(payload, optimize=NUMERIC_RUN_MIN_CHARS)
    try:
        code.make()
    except ValueError as error:
        # Too long for version 40; or a block of nothing but zero bits, which qrcode 8.2 cannot divide.
        raise CannotBeDrawn("the payload cannot be drawn as one symbol") from error
    return Symbol(tuple(tuple(bool(dark) for dark in row) for row in code.modules))

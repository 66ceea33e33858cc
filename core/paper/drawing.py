"""A page as a list of shapes in millimetres, from the top left corner downwards.

There are three shapes, so that a painter (PDF, SVG, PNG) is a page long and no two painters can disagree about where
something stands.
"""

from dataclasses import dataclass
from typing import Self, TypeAlias

from core.paper.fonts import Weight, ink_extent, text_width
from core.paper.symbol import QUIET_ZONE_MODULES, Symbol


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, millimetres."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where the box ends, from the left of the page."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where the box ends, from the top of the page."""
        return self.y + self.height

    def inset(self, by: float) -> Self:
        """The box with every side moved inwards."""
        return type(self)(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)

    def holds(self, other: "Box", slack: float = 1e-6) -> bool:
        """Whether the other lies inside."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )


@dataclass(frozen=True, slots=True)
class Panel:
    """A filled rectangle; `radius` rounds its corners. A line is a thin one, a disc a fully rounded one."""

    box: Box
    colour: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """One line of type.

    (x, y) is where the baseline begins; `size` is the em in millimetres, `tracking` extra space after each character
    in ems; `turn` is clockwise in degrees about (x, y): 0, 90 or -90.
    """

    x: float
    y: float
    text: str
    weight: Weight
    size: float
    colour: str
    tracking: float = 0.0
    turn: int = 0

    @property
    def box(self) -> Box:
        """The area that the ink may cover: the advance width by the ink of the tallest and deepest characters."""
        width = text_width(self.text, self.weight, self.size, self.tracking)
        rise, fall = ink_extent(self.text, self.weight, self.size)
        if self.turn == 90:  # noqa: PLR2004 (a quarter turn)
            return Box(self.x - fall, self.y, rise + fall, width)
        if self.turn == -90:  # noqa: PLR2004
            return Box(self.x - rise, self.y - width, rise + fall, width)
        return Box(self.x, self.y - rise, width, rise + fall)


@dataclass(frozen=True, slots=True)
class SymbolMark:
    """A QR symbol, black; `box` is the square of its modules without the quiet zone."""

    box: Box
    symbol: Symbol

    @property
    def module(self) -> float:
        """Side of one module, millimetres."""
        return self.box.width / self.symbol.side

    @property
    def quiet_box(self) -> Box:
        """The square that has to stay white around and between the modules."""
        return self.box.inset(-QUIET_ZONE_MODULES * self.module)


Shape: TypeAlias = Panel | Text | SymbolMark


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page: its size in millimetres and what is painted on it, back to front.

    `title` is what viewers and screen readers call it; `language`, like "vi", is that of its words.
    """

    width: float
    height: float
    title: str
    language: str
    shapes: tuple[Shape, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        """The lines of type in reading order."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Text))

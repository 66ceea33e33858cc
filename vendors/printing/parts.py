"""The parts that every card is made of: the enamel plate, the symbol in its white field, the words, the foot."""

from collections.abc import Iterator
from dataclasses import replace

from core.paper.drawing import Box, Drawing, Panel, Shape, SymbolMark, Text
from core.paper.fitting import Style, set_lines, set_text
from core.paper.fonts import Weight, cap_height
from core.paper.symbol import QUIET_ZONE_MODULES, encode
from vendors.printing import labels
from vendors.printing.facts import CardFacts, CardSize

# The light tokens of the house, as printed. The symbol alone is pure black on pure white.
WHITE = "#FFFFFF"
INK = "#172033"
MUTED = "#5A6275"
PLATE = "#0A4A8F"
CHILI = "#B3261E"
HAIRLINE = "#A9B1C2"

HAIRLINE_MM = 0.25
_CAPITALS_TRACKING = 0.01


def page(size: CardSize, facts: CardFacts, shapes: Iterator[Shape]) -> Drawing:
    """The finished page on white paper."""
    ground = Panel(Box(0, 0, size.width_mm, size.height_mm), WHITE)
    title = f"{labels.CARD_TITLE_VI} {facts.stall_code}"
    return Drawing(size.width_mm, size.height_mm, title, labels.LANGUAGE, (ground, *shapes))


def plate(box: Box, radius: float, rim: float) -> Iterator[Panel]:
    """The enamel ground: deep blue with a thin white rim inside its edge; `rim` is the blue border's width."""
    line = rim * 0.3
    yield Panel(box, PLATE, radius)
    yield Panel(box.inset(rim), WHITE, radius - rim)
    yield Panel(box.inset(rim + line), PLATE, radius - rim - line)


def plate_number(facts: CardFacts, box: Box, align: float) -> tuple[Text, ...]:
    """The stall's number, the largest thing on a card after the symbol; `box` is filled."""
    style = Style(Weight.HEAVY, box.height / cap_height(Weight.HEAVY), 1, WHITE, align=align)
    return set_text(facts.stall_number.upper(), box, style)


def symbol(facts: CardFacts, field: Box, side: float) -> Iterator[Shape]:
    """The symbol in the middle of a square white field, `side` long or as long as the field leaves a quiet zone."""
    code = encode(facts.payload)
    side = min(side, field.width * code.side / (code.side + 2 * QUIET_ZONE_MODULES))
    yield Panel(field, WHITE)
    yield SymbolMark(field.inset((field.width - side) / 2), code)


def demo_field(field: Box, around: Box, words_box: Box, words_size: float) -> Iterator[Shape]:
    """Chili red over `around`, behind the symbol's white field and never under it, with the words of a demo card.

    The words stand across in `words_box`.
    """
    lap = 0.2  # the four panels overlap a little, or a hairline of paper shows between them
    yield Panel(Box(around.x, around.y, around.width, field.y - around.y), CHILI)
    yield Panel(Box(around.x, field.bottom, around.width, around.bottom - field.bottom), CHILI)
    tall = Box(around.x, field.y - lap, field.x - around.x, field.height + 2 * lap)
    yield Panel(tall, CHILI)
    right = Box(field.right, tall.y, around.right - field.right, tall.height)
    yield Panel(right, CHILI)
    style = Style(Weight.HEAVY, words_size, 1, WHITE, align=0.5, tracking=_CAPITALS_TRACKING)
    yield from set_text(labels.DEMO_VI, words_box, style)


def turned(text: str, panel: Box, turn: int, size: float) -> Iterator[Text]:
    """White capitals running up (turn -90) or down (turn 90) the middle of an upright panel."""
    upwards = turn < 0
    lying = Box(0, 0, panel.height * 0.94, panel.width)
    style = Style(Weight.HEAVY, size, 1, WHITE, align=0.5, tracking=_CAPITALS_TRACKING)
    for line in set_text(text, lying, style):
        along = panel.height * 0.03 + line.x
        x = panel.x + line.y if upwards else panel.right - line.y
        y = panel.bottom - along if upwards else panel.y + along
        yield replace(line, x=x, y=y, turn=turn)


def bilingual(vietnamese: str, english: str, box: Box, size: float, align: float = 0.0) -> Iterator[Text]:
    """A small label: Vietnamese in ink and the English beneath, muted, sharing the height of `box`."""
    upper = Box(box.x, box.y, box.width, box.height * 0.54)
    lower = Box(box.x, box.y + box.height * 0.56, box.width, box.height * 0.44)
    yield from set_text(vietnamese, upper, Style(Weight.SEMIBOLD, size, 1, INK, align=align))
    yield from set_text(english, lower, Style(Weight.REGULAR, size * 0.82, 1, MUTED, align=align))


def holder(facts: CardFacts, box: Box, size: float, floor: float, align: float) -> tuple[Text, ...]:
    """The holder's name in capitals, as the shopper's app will show it."""
    style = Style(Weight.HEAVY, size, floor, INK, max_lines=3, align=align, tracking=_CAPITALS_TRACKING)
    return set_text(facts.holder_name.upper(), box, style)


def hairline(x: float, y: float, width: float) -> Panel:
    """A thin rule across."""
    return Panel(Box(x, y, width, HAIRLINE_MM), HAIRLINE)


def edition(facts: CardFacts, box: Box, size: float, align: float) -> Iterator[Text]:
    """Version and date of the card: what tells two cards of a stall apart."""
    issued = facts.issued_on.strftime("%d/%m/%Y")
    first = f"{labels.EDITION_VI} {facts.version} · {issued}"
    second = f"{labels.EDITION_EN} {facts.version}"
    yield from bilingual(first, second, box, size, align)


def check(facts: CardFacts, box: Box, size: float) -> Iterator[Text]:
    """Where to check the code: the request in both languages, then the address."""
    head = Box(box.x, box.y, box.width, box.height * 0.42)
    body = Box(box.x, box.y + box.height * 0.46, box.width, box.height * 0.54)
    asked = f"{labels.CHECK_VI} · {labels.CHECK_EN}"
    yield from set_text(asked, head, Style(Weight.REGULAR, size * 0.85, 1, MUTED))
    style = Style(Weight.SEMIBOLD, size * 1.15, size * 0.8, INK, max_lines=2)
    yield from set_text(facts.check_address, body, style)


def bank_and_account(facts: CardFacts, box: Box, size: float, floor: float, align: float) -> tuple[Text, ...]:
    """Bank and account number in one line where they fit, else in two."""
    style = Style(Weight.SEMIBOLD, size, floor, INK, align=align)
    one = set_lines((f"{facts.bank_name} · {facts.account_number}",), box, style)
    if one[0].size >= floor:
        return one
    two = set_lines((facts.bank_name, facts.account_number), box, style)
    return max(one, two, key=lambda lines: lines[0].size)

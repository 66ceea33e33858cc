"""Where everything stands on the three cards. Each is composed for its place, not scaled from another.

A6, upright, on a stall: the plate across the head, one column, read top to bottom at arm's length.
A5, lying, on a counter: the symbol to the left, as large as the page allows, the plate and the words beside it.
A4, lying, hung across an aisle: the number readable from several stalls away, two holes for hooks, a symbol of ten
centimetres for scanning from a metre and more.

Lengths are millimetres. Nothing but a demo card's red field comes nearer to the edge than an office printer reaches.
"""

from collections.abc import Iterator

from core.paper.drawing import Box, Drawing, Panel, Shape
from core.paper.fitting import Style, set_lines, set_text
from core.paper.fonts import Weight
from vendors.printing import labels, parts
from vendors.printing.facts import CardFacts, CardSize


def lay_out(facts: CardFacts, size: CardSize) -> Drawing:
    """The card as a list of shapes."""
    compose = {CardSize.A6: _stall_card, CardSize.A5: _counter_card, CardSize.A4: _aisle_card}[size]
    return parts.page(size, facts, compose(facts))


def _stall_card(facts: CardFacts) -> Iterator[Shape]:
    left, width = 6.0, 93.0
    plate = Box(5, 5, 95, 26.4 if facts.demo else 29)
    yield from parts.plate(plate, radius=4, rim=1.2)
    market = Style(Weight.SEMIBOLD, 5.2, 4, parts.WHITE, align=0.5)
    yield from set_text(facts.market_name, Box(10, 7.6, 85, 6), market)
    yield from parts.plate_number(facts, Box(10, 15, 85, plate.height - 13.2), align=0.5)

    scan, scan_english = Box(left, plate.bottom + 1, width, 5.8), Box(left, plate.bottom + 6.6, width, 4)
    yield from set_text(labels.SCAN_VI, scan, Style(Weight.SEMIBOLD, 5, 4, parts.INK, align=0.5))
    english = f"{labels.SCAN_EN} · {labels.SCHEME}"
    yield from set_text(english, scan_english, Style(Weight.REGULAR, 3.5, 3, parts.MUTED, align=0.5))

    above, below = (5.7, 2) if facts.demo else (0.0, 0.0)
    field = Box(16, scan_english.bottom + above, 73, 73)
    if facts.demo:
        yield from _stall_card_demo(field, above, below - 0.8)
    yield from parts.symbol(facts, field, 60)
    names = field.bottom + below
    yield from _stall_card_names(facts, Box(left, names, width, 137.2 - names))

    yield parts.hairline(left, 137.4, width)
    yield from parts.check(facts, Box(left, 138, 62, 5.4), size=2.4)
    yield from parts.edition(facts, Box(69, 138, 30, 5.4), size=2.4, align=1)


def _stall_card_demo(field: Box, above: float, below: float) -> Iterator[Shape]:
    page_width = CardSize.A6.width_mm
    around = Box(0, field.y - above, page_width, above + field.height + below)
    yield from parts.demo_field(field, around, Box(5, around.y + 0.2, 95, 4.9), words_size=4.2)
    for turn, outer, inner in ((-90, 4.4, 10.6), (90, page_width - 4.4 - 6, page_width - 10.6 - 5)):
        yield from parts.turned(labels.DEMO_VI, Box(outer, field.y, 6, field.height), turn, 4.4)
        yield from parts.turned(labels.DEMO_EN, Box(inner, field.y, 5, field.height), turn, 3.8)


def _stall_card_names(facts: CardFacts, box: Box) -> Iterator[Shape]:
    asked = f"{labels.COMPARE_VI} · {labels.COMPARE_EN}"
    label = Box(box.x, box.y, box.width, 3.2)
    yield from set_text(asked, label, Style(Weight.REGULAR, 2.8, 2, parts.MUTED, align=0.5))
    bank = Box(box.x, box.bottom - 5, box.width, 4.6)
    name = Box(box.x, label.bottom + 0.7, box.width, bank.y - label.bottom - 1.4)
    yield from parts.holder(facts, name, size=9, floor=5.6, align=0.5)
    yield from parts.bank_and_account(facts, bank, size=4.2, floor=3, align=0.5)


def _counter_card(facts: CardFacts) -> Iterator[Shape]:
    field = Box(8, 15, 119, 119)
    left, width = 135.0, 67.0
    if facts.demo:
        yield from parts.demo_field(field, Box(0, 0, 132, 148), Box(10, 4.4, 115, 9.4), words_size=7)
        below = Style(Weight.SEMIBOLD, 6, 1, parts.WHITE, align=0.5, tracking=0.01)
        yield from set_text(labels.DEMO_EN, Box(10, 134.8, 115, 8.6), below)
    else:
        heading = Style(Weight.SEMIBOLD, 6.4, 5, parts.INK, align=0.5)
        yield from set_text(labels.SCHEME, Box(field.x, 6.6, field.width, 8), heading)
    yield from parts.symbol(facts, field, 98)

    yield from parts.plate(Box(left, 8, width, 43), radius=5, rim=1.5)
    market = Style(Weight.SEMIBOLD, 6, 4.4, parts.WHITE, max_lines=2, align=0.5)
    yield from set_text(facts.market_name, Box(left + 5, 11.6, width - 10, 11.4), market)
    yield from parts.plate_number(facts, Box(left + 5, 25.2, width - 10, 20), align=0.5)

    scan = Style(Weight.SEMIBOLD, 7.2, 5, parts.INK)
    yield from set_lines(labels.SCAN_VI_TWO_LINES, Box(left, 54, width, 18.6), scan)
    yield from set_text(labels.SCAN_EN, Box(left, 72.6, width, 6), Style(Weight.REGULAR, 4.4, 3, parts.MUTED))
    yield parts.hairline(left, 81, width)
    yield from parts.bilingual(labels.COMPARE_VI, labels.COMPARE_EN, Box(left, 83, width, 8.6), size=3.8)
    yield from parts.holder(facts, Box(left, 93.4, width, 16.2), size=9.4, floor=6.6, align=0)
    yield from _labelled(labels.BANK_VI, labels.BANK_EN, facts.bank_name, Box(left, 111.4, width, 8.4), 4.8)
    yield from _labelled(labels.ACCOUNT_VI, labels.ACCOUNT_EN, facts.account_number, Box(left, 121, width, 8.4), 4.8)
    yield parts.hairline(left, 131.6, width)
    yield from parts.check(facts, Box(left, 132.8, 41, 7.4), size=2.7)
    yield from parts.edition(facts, Box(left + 43, 132.8, width - 43, 7.4), size=2.5, align=1)


def _aisle_card(facts: CardFacts) -> Iterator[Shape]:
    plate = Box(8, 8, 281, 49 if facts.demo else 54)
    yield from parts.plate(plate, radius=7, rim=2.2)
    for middle in (21.0, 276.0):
        yield Panel(Box(middle - 3, 16, 6, 6), parts.WHITE, 3)
    yield from parts.plate_number(facts, Box(30, 15.5, 132, plate.height - 15), align=0.5)
    yield Panel(Box(170, 17, 0.6, plate.height - 18), parts.WHITE)
    market = Style(Weight.SEMIBOLD, 15, 10, parts.WHITE, max_lines=3)
    yield from set_text(facts.market_name, Box(178, 14, 90, plate.height - 12), market)

    field = Box(14, 71, 132, 132)
    if facts.demo:
        around = Box(0, 58.6, 158, 151.4)
        yield from parts.demo_field(field, around, Box(7, 59.2, 144, 11.2), words_size=8.6)
        yield from parts.turned(labels.DEMO_VI, Box(4.4, field.y, 9.2, field.height), -90, 6.4)
        yield from parts.turned(labels.DEMO_EN, Box(field.right, field.y, 12, field.height), 90, 6.4)
    else:
        heading = Style(Weight.SEMIBOLD, 7.2, 5, parts.INK, align=0.5)
        yield from set_text(labels.SCHEME, Box(field.x, 64.4, field.width, 8), heading)
    yield from parts.symbol(facts, field, 108)
    yield from _aisle_card_words(facts, Box(163, 68, 125, 134))


def _aisle_card_words(facts: CardFacts, box: Box) -> Iterator[Shape]:
    left, width = box.x, box.width
    scan = Style(Weight.SEMIBOLD, 13.4, 9, parts.INK)
    yield from set_lines(labels.SCAN_VI_TWO_LINES, Box(left, box.y, width, 34), scan)
    english = Style(Weight.REGULAR, 8, 6, parts.MUTED)
    yield from set_text(labels.SCAN_EN, Box(left, box.y + 34.6, width, 10.4), english)
    yield parts.hairline(left, box.y + 49, width)
    yield from parts.bilingual(labels.COMPARE_VI, labels.COMPARE_EN, Box(left, box.y + 52, width, 13.4), size=6)
    yield from parts.holder(facts, Box(left, box.y + 68.4, width, 24.6), size=15.5, floor=10.5, align=0)
    yield from _labelled(labels.BANK_VI, labels.BANK_EN, facts.bank_name, Box(left, box.y + 96, width, 11.4), 7.6)
    account = Box(left, box.y + 109, width, 11.4)
    yield from _labelled(labels.ACCOUNT_VI, labels.ACCOUNT_EN, facts.account_number, account, 7.6)
    yield parts.hairline(left, box.y + 122, width)
    yield from parts.check(facts, Box(left, box.y + 123.6, 88, 10), size=3.8)
    yield from parts.edition(facts, Box(left + 90, box.y + 123.6, width - 90, 10), size=3.6, align=1)


def _labelled(vietnamese: str, english: str, value: str, box: Box, size: float) -> Iterator[Shape]:
    """A value with its label to the left, in both languages."""
    label = Box(box.x, box.y, box.width * 0.27, box.height)
    yield from parts.bilingual(vietnamese, english, label, size * 0.66)
    body = Box(box.x + box.width * 0.3, box.y, box.width * 0.7, box.height)
    yield from set_text(value, body, Style(Weight.SEMIBOLD, size, size * 0.75, parts.INK, max_lines=2))

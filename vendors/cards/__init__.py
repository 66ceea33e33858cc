"""The printed card of a stall: facts in, a page out as PDF, SVG or PNG. Pure: no database, no web."""

from vendors.cards.draw import draw_many_pdf as draw_many_pdf
from vendors.cards.draw import draw_pdf as draw_pdf
from vendors.cards.draw import draw_png as draw_png
from vendors.cards.draw import draw_svg as draw_svg
from vendors.cards.facts import CardError as CardError
from vendors.cards.facts import CardFacts as CardFacts
from vendors.cards.facts import CardSize as CardSize

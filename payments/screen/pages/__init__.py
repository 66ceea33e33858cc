"""The vendor's pages. Each stands below its stall's code, and is found by that stall's vendor alone."""

from payments.screen.pages import asking, cash, day, giving_back, live, payment  # noqa: F401 - their views
from payments.screen.pages.blueprint import bp as bp

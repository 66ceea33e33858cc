"""Pages about stalls, for the board and the field team."""

from vendors.stalls.pages import changing, deciding, listing, registering  # noqa: F401 - their views
from vendors.stalls.pages.blueprint import bp as bp

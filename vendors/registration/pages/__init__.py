"""Pages about stalls, for the board and the field team."""

from vendors.registration.pages import changing, deciding, listing, registering  # noqa: F401 - their views
from vendors.registration.pages.blueprint import bp as bp

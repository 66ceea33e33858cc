"""The markets: areas of both trees, and the markets in them."""

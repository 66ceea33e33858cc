"""Cash sales, as vendors note them."""

"""Payment requests: codes that carry an amount, and what became of them."""

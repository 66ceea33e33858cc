"""Money without a stall: the work list, and what people decide about it."""

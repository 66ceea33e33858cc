"""Markets: where each stands, in the areas of before and after the merger of 2025-07-01."""

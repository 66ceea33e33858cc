"""Indicators: what is counted, for whom, and what is held back to protect single stalls. See docs/indicators.md."""

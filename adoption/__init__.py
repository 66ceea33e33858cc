"""Adoption: how far each market, commune, district and province has come, read from what the floors below recorded."""

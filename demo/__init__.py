"""Demo data: real areas and markets, synthetic stalls and payments, made through the services of the floors below."""

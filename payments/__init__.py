"""Money: gateways, the recorder, payments, live events, and the vendor's day."""

"""The doors through which messages of gateways come."""

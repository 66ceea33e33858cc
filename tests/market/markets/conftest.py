"""What tests of areas and markets share."""

from tests.support.places import bearer, session

__all__ = ["bearer", "session"]

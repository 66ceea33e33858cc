"""What tests of areas and markets share."""

from tests.support.places import areas, bearer, places, session

__all__ = ["areas", "bearer", "places", "session"]

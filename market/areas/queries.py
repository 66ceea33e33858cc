"""Reading areas."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.areas.models import Area


def find_area(session: Session, code: str) -> Area | None:
    """The newest unit that carries the code; codes are used again, so a date decides between older ones."""
    return session.scalars(select(Area).where(Area.code == code).order_by(Area.valid_from.desc()).limit(1)).first()


def find_area_id(session: Session, code: str) -> int | None:
    """Its id, for grants."""
    area = find_area(session, code)
    return area.id if area else None

"""Tables of areas. The key is (code, valid_from): codes are used again under new names."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.database import Base, Key


class Level(StrEnum):
    """How far down a unit stands; districts ended with 2025-06-30."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Area(Base):
    """A province, district or commune: one unit from the day it was set up to the day it ended.

    A change of its title alone (a tỉnh that becomes a thành phố) does not make it another unit: see `AreaTitle`.
    """

    __tablename__ = "areas"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("level IN ('province', 'district', 'commune')", name="level_known"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        Index(None, "parent_id"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(8))
    valid_from: Mapped[date]
    #: The last day; null while the unit stands.
    valid_to: Mapped[date | None]
    level: Mapped[str] = mapped_column(String(16))
    #: The name alone, like "Đồng Xoài".
    name: Mapped[str]
    #: The words of all its titles, without accents, as `core.search.index_words` makes them.
    search_key: Mapped[str] = mapped_column(index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))

    parent: Mapped[Area | None] = relationship(remote_side="Area.id")
    titles: Mapped[list[AreaTitle]] = relationship(order_by="AreaTitle.valid_from", cascade="all, delete-orphan")

    def title(self, on: date | None = None) -> AreaTitle:
        """How it was called on a day, or is called now; outside its life, how it was called nearest to that day."""
        day = on or clock.today()
        return next((title for title in reversed(self.titles) if title.valid_from <= day), self.titles[0])


class AreaTitle(Base):
    """How a unit is called from a day on: its type and its full name."""

    __tablename__ = "area_titles"
    __table_args__ = (UniqueConstraint("area_id", "valid_from"),)

    id: Mapped[Key]
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    valid_from: Mapped[date]
    #: Like "Phường".
    type: Mapped[str] = mapped_column(String(32))
    #: Like "Phường Đồng Xoài".
    full_name: Mapped[str]


class AreaSuccession(Base):
    """What a unit became: all of `predecessor` went into `successor`."""

    __tablename__ = "area_successions"
    __table_args__ = (UniqueConstraint("predecessor_id", "successor_id"), Index(None, "successor_id"))

    id: Mapped[Key]
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))


class AreaBoundary(Base):
    """A simplified outline for maps, not for legal use: a GeoJSON geometry in degrees, longitude first."""

    __tablename__ = "area_boundaries"

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), primary_key=True, autoincrement=False)
    geometry: Mapped[dict[str, Any]] = mapped_column(JSON)

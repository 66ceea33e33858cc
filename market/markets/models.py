"""The table of markets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key
from market.areas.models import Area


class Market(Base):
    """A market. It keeps its commune of before 2025-07-01, so that the series by district can go on."""

    __tablename__ = "markets"
    __table_args__ = (
        CheckConstraint("commune_id IS NOT NULL OR former_commune_id IS NOT NULL", name="stands_somewhere"),
        Index(None, "commune_id"),
        Index(None, "former_commune_id"),
    )

    id: Mapped[Key]
    #: Two letters and two figures, like "DX01"; the first part of every stall code.
    code: Mapped[str] = mapped_column(String(8), unique=True)
    #: Like "Chợ Đồng Xoài".
    name: Mapped[str]
    #: The words of name and code, without accents, as `core.search.index_words` makes them.
    search_key: Mapped[str] = mapped_column(index=True)
    #: The commune of today.
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    #: The commune of before the merger; null for markets of areas that have no such tree here.
    former_commune_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    #: Points of sale as a source reported them; null when none did. Never a count of our stalls.
    stalls_reported: Mapped[int | None]
    #: How well the facts are known (`press`, `place_list`, `unconfirmed`), and from where, one address a line.
    evidence: Mapped[str | None]
    sources: Mapped[str | None]
    created_at: Mapped[datetime]

    commune: Mapped[Area | None] = relationship(foreign_keys=[commune_id])
    former_commune: Mapped[Area | None] = relationship(foreign_keys=[former_commune_id])

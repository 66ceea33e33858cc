"""The table of what the nightly checks found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key


class Verification(Base):
    """A check of everything that was recorded when it began, and what it found; nothing is ever taken out."""

    __tablename__ = "verifications"
    __table_args__ = (CheckConstraint("broken >= 0", name="broken_counted"),)

    id: Mapped[Key]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    credits: Mapped[int]
    payments: Mapped[int]
    payments_vnd: Mapped[int]
    #: How many findings there were, and the sentences of the first of them.
    broken: Mapped[int]
    findings: Mapped[list[str]] = mapped_column(JSON)

"""Messages of banks, as they came."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key


class GatewayMessage(Base):
    """A message of a gateway, kept as it came, once its proof held and its credits were recorded."""

    __tablename__ = "gateway_messages"
    # By day: digests come in no order, so among all of them each would touch a page that nobody had in hand.
    __table_args__ = (UniqueConstraint("gateway", "received_day", "digest"),)

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    #: The sender's id of the message.
    message_id: Mapped[str] = mapped_column(String(128))
    #: SHA-256 of the body: the same bytes are kept once a day, however often they are sent.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
    #: The market day of `received_at`.
    received_day: Mapped[date]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class UnreadableMessage(Base):
    """A message whose proof held and that could not be read: nothing of it is recorded, and somebody must look."""

    __tablename__ = "unreadable_messages"
    __table_args__ = (UniqueConstraint("gateway", "digest"),)

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(32))
    #: SHA-256 of the body.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
    #: What is wrong with it, for whoever looks.
    reason: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)

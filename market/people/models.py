"""Accounts, grants, tokens, sessions of browsers, and the throttle of tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.database import Base, Key
from market.search import index_words


def _words_of(context: DefaultExecutionContext) -> str:
    values = context.get_current_parameters()  # type: ignore[no-untyped-call]  # it lacks its annotation
    return index_words(values["name"], values["username"])


class Account(Base):
    """A person, or a program that acts with a token."""

    __tablename__ = "accounts"

    id: Mapped[Key]
    #: A phone number (digits) or a user name in lower case; what is typed to sign in.
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    #: The words of both, for searching and sorting.
    search_key: Mapped[str] = mapped_column(default=_words_of, index=True)
    #: Argon2id; null for programs, which have tokens only.
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    grants: Mapped[list[GrantRow]] = relationship(
        back_populates="account", foreign_keys="GrantRow.account_id", lazy="selectin"
    )


class GrantRow(Base):
    """A role for an account within a scope; never deleted, only ended."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("(scope = 'everywhere') = (target_id IS NULL)", name="target_given"),
        Index(None, "account_id"),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    role: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(16))
    #: The id of an area, a market or a stall, as the scope says.
    target_id: Mapped[int | None]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="grants", foreign_keys=[account_id])


class Token(Base):
    """A bearer token; only its digest is kept."""

    __tablename__ = "tokens"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str]
    #: SHA-256 of the secret, in hex. The secret has 256 random bits, so a slow hash would add nothing.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class SignIn(Base):
    """A browser that somebody signed in with; the cookie holds the secret, here is its digest.

    It is kept on our side, so that signing out ends it wherever its cookie went.
    """

    __tablename__ = "sign_ins"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class Throttle(Base):
    """A token bucket: tries left for a key (an address, an account), refilled over time."""

    __tablename__ = "throttles"
    __table_args__ = (UniqueConstraint("bucket", "key"), Index(None, "bucket", "updated_at"))

    id: Mapped[Key]
    bucket: Mapped[str] = mapped_column(String(32))
    #: A digest, so that no address or user name is kept.
    key: Mapped[str] = mapped_column(String(64))
    tries_left: Mapped[float]
    updated_at: Mapped[datetime]

"""Users, grants, tokens, and sessions of browsers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key, SortKey
from core.search import index_words
from core.text import sort_key


def _words_of(context: DefaultExecutionContext) -> str:
    values = context.get_current_parameters()  # type: ignore[no-untyped-call]  # it lacks its annotation
    return index_words(values["name"], values["username"])


def _sort_key_of(context: DefaultExecutionContext) -> str:
    values = context.get_current_parameters()  # type: ignore[no-untyped-call]  # it lacks its annotation
    return sort_key(values["name"])


class User(Base):
    """A person, or a program that acts with a token."""

    __tablename__ = "users"

    id: Mapped[Key]
    #: A phone number (digits) or a user name in lower case; what is typed to sign in.
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    #: The words of both, to be found by.
    search_key: Mapped[str] = mapped_column(default=_words_of)
    #: The place of the name among others, with `id` where two are called the same.
    sort_key: Mapped[str] = mapped_column(SortKey, default=_sort_key_of, index=True)
    #: Argon2id; null for programs, which have tokens only.
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    grants: Mapped[list[GrantRow]] = relationship(
        back_populates="user", foreign_keys="GrantRow.user_id", lazy="selectin"
    )


class GrantRow(Base):
    """A role for a user within a scope; never deleted, only ended."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("(scope = 'everywhere') = (target_id IS NULL)", name="target_given"),
        Index(None, "user_id"),
    )

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(16))
    #: The id of an area, a market or a stall, as the scope says.
    target_id: Mapped[int | None]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="grants", foreign_keys=[user_id])


class Token(Base):
    """A bearer token; only its digest is kept."""

    __tablename__ = "tokens"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    #: SHA-256 of the secret, in hex. The secret has 256 random bits, so a slow hash would add nothing.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class SignIn(Base):
    """A browser that somebody signed in with; the cookie holds the secret, here is its digest.

    It is kept on our side, so that signing out ends it wherever its cookie went.
    """

    __tablename__ = "sign_ins"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

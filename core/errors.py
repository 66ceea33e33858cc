"""Errors that a person or a program is told about.

Each class has a stable `code` (part of the public contract), an HTTP `status`, and a translated `title` that says
what happened. `detail` says what to do. Views and services only raise; `core.web.problems` answers.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext as _n
from flask_babel.speaklater import LazyString

Words: TypeAlias = str | LazyString


class Problem(Exception):
    """The root: something that is answered as `application/problem+json` or as an error page."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    title: ClassVar[Words] = _("This cannot be done")
    #: Whether the same request may succeed later without being changed.
    retry: ClassVar[bool] = False

    def __init__(self, detail: Words | None = None, **data: Any) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.data = data

    @property
    def headers(self) -> dict[str, str]:
        """Headers that the answer carries besides."""
        return {}


class InvalidInput(Problem):
    """Fields are wrong. `errors` maps each field's name to its messages, nested as the fields are."""

    code = "invalid_input"
    status = 422
    title = _("Some fields need another look")

    def __init__(self, errors: dict[str, Any], detail: Words | None = None) -> None:
        super().__init__(detail)
        self.errors = errors


class NotFound(Problem):
    """What was asked for does not exist, or lies outside the grant of whoever asks."""

    code = "not_found"
    status = 404
    title = _("There is nothing here")


class Unauthenticated(Problem):
    """Nobody is signed in, or the token is not valid."""

    code = "unauthenticated"
    status = 401
    title = _("Please sign in")

    @property
    def headers(self) -> dict[str, str]:
        """RFC 6750 asks for the scheme."""
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    """Somebody is signed in, but may not do this."""

    code = "forbidden"
    status = 403
    title = _("You may not do this")


class Conflict(Problem):
    """The state of things does not allow this now."""

    code = "conflict"
    status = 409
    title = _("This does not fit the present state")


class TooManyRequests(Problem):
    """Slow down. `retry_after_s` seconds from now it is possible again."""

    code = "too_many_requests"
    status = 429
    title = _("Too many tries")
    retry = True

    def __init__(self, retry_after_s: int, detail: Words | None = None) -> None:
        super().__init__(detail or _wait(retry_after_s))
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110's Retry-After, in seconds."""
        return {"Retry-After": str(self.retry_after_s)}


def _wait(retry_after_s: int) -> Words:
    minutes = -(-retry_after_s // 60)
    if retry_after_s < 60:  # noqa: PLR2004 - a minute
        return _n("Wait %(num)s second, then try again.", "Wait %(num)s seconds, then try again.", retry_after_s)
    return _n("Wait %(num)s minute, then try again.", "Wait %(num)s minutes, then try again.", minutes)


class Unavailable(Problem):
    """Something that we need is out of reach; nothing was changed."""

    code = "unavailable"
    status = 503
    title = _("Out of reach for the moment")
    retry = True

    def __init__(self, detail: Words | None = None, *, retry_after_s: int = 5) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110's Retry-After, in seconds."""
        return {"Retry-After": str(self.retry_after_s)}

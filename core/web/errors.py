"""Why a repeated request is refused."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.errors import Conflict, InvalidInput, Problem


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = "idempotency_key_running"
    title = _("The first request with this key is still running")
    retry = True

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110's Retry-After, in seconds."""
        return {"Retry-After": "1"}


class KeyReused(InvalidInput):
    """The key came with another request before."""

    code = "idempotency_key_reused"
    title = _("This key was used for another request")


class KeyMissing(Problem):
    """This call moves money, so it must carry a key."""

    code = "idempotency_key_required"
    title = _("This call needs an Idempotency-Key header")

"""`Idempotency-Key`: the same key with the same request gives the same answer, and does the work once.

The key is claimed before the view runs and the answer is kept after it. Should the process die between the two, the
claim ends after a while and the request may be sent again: every write of this API that would do harm when repeated
has its own guard in its table (a stall's number, a state, a unique key of the money moved).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Flask, Response, g, request
from flask_babel import lazy_gettext as _

from core.errors import InvalidInput
from core.web.api import API_PREFIX
from core.web.errors import KeyMissing
from core.web.guards import current_principal
from core.web.services import idempotency

P = ParamSpec("P")
R = TypeVar("R")

HEADER = "Idempotency-Key"
KEY_MAX_LENGTH = 255
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOT_KEPT = frozenset({401, 429})
FIRST_SERVER_ERROR = 500

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Watch over every write of the API that carries a key."""
    app.before_request(_claim)
    app.after_request(_keep)


def needs_key(view: Callable[P, R]) -> Callable[P, R]:
    """Raise `KeyMissing` unless the request carries a key, and describe it so; for what no mistake may do twice.

    It stands nearest to the view, so that what is wrong with the request is said first.
    """

    @wraps(view)
    def keyed(*args: P.args, **kwargs: P.kwargs) -> R:
        if not request.headers.get(HEADER):
            raise KeyMissing
        return view(*args, **kwargs)

    noted = {**getattr(view, "_apidoc", {}), "idempotency_key_needed": True}
    keyed._apidoc = noted  # type: ignore[attr-defined]  # noqa: SLF001 - flask-smorest looks here
    return keyed


def _claim() -> Response | None:
    key = request.headers.get(HEADER)
    if key is None or request.method not in WRITES or not request.path.startswith(f"{API_PREFIX}/"):
        return None
    # Nobody's requests are not kept, nor those that no call takes.
    user_id = current_principal().user_id if request.endpoint else None
    if user_id is None:
        return None
    if not 0 < len(key) <= KEY_MAX_LENGTH or not key.isprintable():
        raise InvalidInput({HEADER: [_("Use 1 to %(most)s characters.", most=KEY_MAX_LENGTH)]})
    claim = idempotency.claim(user_id, key, _fingerprint())
    if claim.answer is None:
        g.idempotency_id = claim.row_id
        return None
    response = Response(claim.answer.body, claim.answer.status, content_type=claim.answer.content_type)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _fingerprint() -> str:
    parts = (request.method.encode(), request.full_path.encode(), request.get_data())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _keep(response: Response) -> Response:
    row_id = g.pop("idempotency_id", None)
    if row_id is None:
        return response
    try:
        if response.status_code >= FIRST_SERVER_ERROR or response.status_code in NOT_KEPT:
            idempotency.release(row_id)
        else:
            idempotency.keep(row_id, response.status_code, response.content_type, response.get_data())
    except Exception:
        # The work is done, and the caller is told so. The claim runs out, and then the call's own guard holds.
        log.exception("idempotent_answer_not_kept")
    return response

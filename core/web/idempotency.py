"""`Idempotency-Key`: the same key with the same request gives the same answer, and does the work once.

The key is claimed before the view runs and the answer is kept after it. Should the process die between the two, the
claim ends after a while and the request may be sent again: every write of this API that would do harm when repeated
has its own guard in its table (a stall's number, a state, a unique key of the money moved).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Flask, Response, g, request
from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.database import database, sweep_all, unit_of_work
from core.errors import Conflict, InvalidInput, Problem
from core.web.api import API_PREFIX
from core.web.guards import current_principal
from core.web.models import IdempotencyKey

P = ParamSpec("P")
R = TypeVar("R")

HEADER = "Idempotency-Key"
KEY_MAX_LENGTH = 255
#: After this long without an answer, whoever held the key is taken for dead.
CLAIM = timedelta(seconds=90)
#: How long answers are kept.
KEPT = timedelta(days=3)
#: Answers past that which go in one transaction.
SWEPT_AT_ONCE = 1_000
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOT_KEPT = frozenset({401, 429})
FIRST_SERVER_ERROR = 500

log = structlog.get_logger()


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


def init_app(app: Flask) -> None:
    """Watch over every write of the API that carries a key."""
    app.before_request(_claim)
    app.after_request(_keep)


def sweep_answers() -> int:
    """Delete answers that were kept for long enough; gives how many."""
    return sweep_all(IdempotencyKey, IdempotencyKey.started_at < clock.now() - KEPT, SWEPT_AT_ONCE)


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
    return _claim_or_answer(user_id, key, _fingerprint())


def _fingerprint() -> str:
    parts = (request.method.encode(), request.full_path.encode(), request.get_data())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _claim_or_answer(user_id: int, key: str, fingerprint: str) -> Response | None:
    insert = sqlite.insert if database().is_sqlite else postgresql.insert
    moment = clock.now()
    with unit_of_work() as session:
        values = {"user_id": user_id, "key": key, "fingerprint": fingerprint, "started_at": moment}
        fresh = session.scalar(
            insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.id)
        )
        if fresh is not None:
            g.idempotency_id = fresh
            return None
        row = session.scalars(
            select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key).with_for_update()
        ).one_or_none()
        if row is None:
            # Whoever held the key let it go between the two statements, with an error that is not kept.
            raise StillRunning
        if row.fingerprint != fingerprint:
            raise KeyReused({HEADER: [_("Use a new key for a new request.")]})
        if row.status is not None:
            return _answer_of(row)
        if row.started_at > moment - CLAIM:
            raise StillRunning
        row.started_at = moment
        g.idempotency_id = row.id
    return None


def _answer_of(row: IdempotencyKey) -> Response:
    response = Response(row.body, row.status, content_type=row.content_type)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _keep(response: Response) -> Response:
    row_id = g.pop("idempotency_id", None)
    if row_id is None:
        return response
    try:
        _keep_or_release(row_id, response)
    except Exception:
        # The work is done, and the caller is told so. The claim runs out, and then the call's own guard holds.
        log.exception("idempotent_answer_not_kept")
    return response


def _keep_or_release(row_id: int, response: Response) -> None:
    with unit_of_work() as session:
        if response.status_code >= FIRST_SERVER_ERROR or response.status_code in NOT_KEPT:
            session.execute(delete(IdempotencyKey).where(IdempotencyKey.id == row_id))
        else:
            row = session.get_one(IdempotencyKey, row_id)
            row.status, row.content_type, row.body = response.status_code, response.content_type, response.get_data()

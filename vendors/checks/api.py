"""The call that tells whether a code is genuine."""

from __future__ import annotations

from typing import Any

from flask import request

from core.database import read_session
from core.web.api import Blueprint
from core.web.services import throttle
from vendors.checks import checking
from vendors.checks.schemas import CheckedSchema, CheckSchema

bp = Blueprint("checks", __name__, description="Whether a payment code is genuine.")


@bp.route("/qr/check", methods=["POST"])
@bp.arguments(CheckSchema)
@bp.response(200, CheckedSchema)
def check_code(given: dict[str, Any]) -> dict[str, Any]:
    """Tell whether a code is genuine. Public, with a limited number of checks a minute for each address."""
    throttle.take(throttle.CODE_CHECK, throttle.address_key(request.remote_addr))
    checked = checking.check(read_session(), given["payload"], given["stall"])
    shown: dict[str, Any] = {"verdict": checked.verdict.value, "reasons": list(checked.reasons)}
    return shown | {"stall": checked.stall.code} if checked.stall else shown

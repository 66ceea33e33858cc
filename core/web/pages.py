"""The home page, and the switches of language and theme."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.container import CoreContainer
from core.web.i18n import LANGUAGE_COOKIE, LANGUAGES, THEME_COOKIE, THEMES
from core.web.redirects import safe_next

YEAR_S = 31_536_000

bp = Blueprint("core", __name__)


@bp.get("/")
def home() -> str:
    """What this is, and where each of its users goes."""
    return render_template("core/home.html")


@bp.post("/language")
def set_language() -> Response:
    """Switch the language and come back."""
    return _remember(LANGUAGE_COOKIE, request.form.get("lang", ""), tuple(LANGUAGES))


@bp.post("/theme")
def set_theme() -> Response:
    """Switch between light, dark and as the device says, and come back."""
    return _remember(THEME_COOKIE, request.form.get("theme", ""), THEMES)


def _remember(cookie: str, value: str, allowed: tuple[str, ...]) -> Response:
    response = redirect(safe_next() or url_for("core.home"), 303)
    settings = CoreContainer.current().settings
    if value in allowed:
        secure = settings.secure_cookies
        response.set_cookie(cookie, value, max_age=YEAR_S, samesite="Lax", httponly=True, secure=secure)
    return response

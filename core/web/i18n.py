"""Language and theme: Vietnamese first, English a switch away; and how figures and days are written."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from flask import Flask, request
from flask_babel import Babel, get_locale

from core import clock, money
from core.settings import PROJECT_ROOT
from core.web.problems import for_program

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE = "vi"
LANGUAGE_COOKIE = "cho40_language"
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "cho40_theme"
TRANSLATIONS = PROJECT_ROOT / "translations"


def init_app(app: Flask) -> None:
    """Choose the language of each request, and give templates their filters."""
    Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        default_timezone=str(clock.ZONE),
        default_translation_directories=";".join(str(folder) for folder in catalogues()),
        locale_selector=choose_language,
    )
    app.jinja_env.filters.update(
        vnd=money.format_vnd, integer=integer, percent=percent, day=day, clock=clock_time, moment=moment
    )
    app.jinja_env.globals.update(get_locale=get_locale, theme=choose_theme, languages=LANGUAGES)


def catalogues() -> list[Path]:
    """One folder of translations for each package."""
    return sorted(folder for folder in TRANSLATIONS.iterdir() if folder.is_dir())


def choose_language() -> str:
    """What the reader chose; programs say it by Accept-Language; else Vietnamese."""
    if not request:
        return DEFAULT_LANGUAGE
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    if for_program():
        return request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE
    return DEFAULT_LANGUAGE


def choose_theme() -> str:
    """What the reader chose, or `auto`: as the device says."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def _english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"


def integer(value: int) -> str:
    """Grouped in threes: 1.234 in Vietnamese, 1,234 in English."""
    return f"{value:,}" if _english() else f"{value:,}".replace(",", ".")


def percent(numerator: int, denominator: int | None = None, *, digits: int = 1) -> str:
    """A rate of two counts, `84,9 %` in Vietnamese and `84.9%` in English; a dash when there is nothing to divide by.

    Rounded half up over whole numbers, so that no float can tip a figure.
    """
    if not denominator:
        return "–"
    scale: int = 10**digits
    tenths = (numerator * 100 * scale * 2 + denominator) // (denominator * 2)
    text = f"{tenths // scale}.{tenths % scale:0{digits}d}" if digits else str(tenths)
    return f"{text}%" if _english() else f"{text.replace('.', ',')}{money.NO_BREAK_SPACE}%"


def day(value: date | datetime) -> str:
    """dd/mm/yyyy, of the market day."""
    found = clock.market_day(value) if isinstance(value, datetime) else value
    return found.strftime("%d/%m/%Y")


def clock_time(value: datetime) -> str:
    """HH:MM, 24 hours, in Vietnam."""
    return value.astimezone(clock.ZONE).strftime("%H:%M")


def moment(value: datetime) -> str:
    """dd/mm/yyyy HH:MM, in Vietnam."""
    return value.astimezone(clock.ZONE).strftime("%d/%m/%Y %H:%M")

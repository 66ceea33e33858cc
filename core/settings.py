"""Settings: environment variables, read once into one typed object that refuses a bad start."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
VAR = PROJECT_ROOT / "var"

Environment = Literal["demo", "development", "production"]

#: Values that `make run` uses. They are public, so production refuses them.
DEMO_SECRET_KEY = "demo-only-not-a-secret-demo-only-not-a-secret"  # noqa: S105 - as it says
DEMO_WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"demo-only-not-a-secret-demo-only").decode()
DEMO_API_KEY = "demo-only-partner-key"

SECRET_KEY_MIN_LENGTH = 32
SECRET_KEY_DIFFERENT = 12
WEBHOOK_SECRET_MIN_BYTES = 24
PORT_MAX = 65_535
WHOLE_FIGURES_MAX = 10
PROVIDER_KEY_MIN_LENGTH = 16
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
ENVIRONMENTS = ("demo", "development", "production")


class SettingsError(click.ClickException):
    """A setting is unknown, missing or bad. The message is one line that names it and says what to do.

    A command of `flask` that meets one prints that line and nothing else.
    """


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two installations. `docs/settings.md` describes each."""

    env: Environment
    database_url: str
    secret_key: str = field(repr=False)
    public_url: str
    bind_host: str
    bind_port: int
    gateways: tuple[str, ...]
    simbank_url: str
    simbank_api_key: str = field(repr=False)
    simbank_webhook_secret: str = field(repr=False)
    sepay_api_key: str = field(repr=False)
    sepay_signing_secret: str = field(repr=False)
    payos_checksum_key: str = field(repr=False)
    casso_checksum_key: str = field(repr=False)
    log_level: str
    trusted_proxies: int
    workers: int
    request_threads: int
    stream_limit: int

    @property
    def demo(self) -> bool:
        """Whether everything shown is synthetic: cards, stalls and money."""
        return self.env == "demo"

    @property
    def secure_cookies(self) -> bool:
        """Cookies may only travel over TLS when the public address is an https one."""
        return self.public_url.startswith("https://")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the `CHO40_*` variables.

    Raises `SettingsError` on an unknown name, a missing or a bad value.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in environ.items() if name.startswith("CHO40_")}
    unknown = sorted(set(given) - set(KNOWN))
    if unknown:
        message = f"{unknown[0]}: no such setting; docs/settings.md lists them"
        raise SettingsError(message)
    settings = _read(given)
    if settings.env == "production":
        _refuse_demo_values(settings)
    _require_keys(settings)
    return settings


KNOWN = (
    "CHO40_ENV",
    "CHO40_DATABASE_URL",
    "CHO40_SECRET_KEY",
    "CHO40_PUBLIC_URL",
    "CHO40_BIND",
    "CHO40_GATEWAYS",
    "CHO40_SIMBANK_URL",
    "CHO40_SIMBANK_API_KEY",
    "CHO40_SIMBANK_WEBHOOK_SECRET",
    "CHO40_SEPAY_API_KEY",
    "CHO40_SEPAY_SIGNING_SECRET",
    "CHO40_PAYOS_CHECKSUM_KEY",
    "CHO40_CASSO_CHECKSUM_KEY",
    "CHO40_LOG_LEVEL",
    "CHO40_TRUSTED_PROXIES",
    "CHO40_WORKERS",
    "CHO40_REQUEST_THREADS",
    "CHO40_STREAM_LIMIT",
)
KNOWN_GATEWAYS = ("simbank", "sepay", "payos", "casso")


def _read(given: Mapping[str, str]) -> Settings:
    name = _choice(given, "ENV", "demo", ENVIRONMENTS)
    strict = name == "production"
    host, port = _bind(_text(given, "BIND", "127.0.0.1:8000"))
    base = f"http://{_reachable(host)}:{port}"
    return Settings(
        env=cast("Environment", name),
        database_url=_database_url(_text(given, "DATABASE_URL", None if strict else f"sqlite:///{VAR / 'cho40.db'}")),
        secret_key=_secret(_text(given, "SECRET_KEY", None if strict else DEMO_SECRET_KEY)),
        public_url=_url("PUBLIC_URL", _text(given, "PUBLIC_URL", None if strict else base)),
        bind_host=host,
        bind_port=port,
        gateways=_gateways(_text(given, "GATEWAYS", "" if strict else "simbank")),
        simbank_url=_url("SIMBANK_URL", _text(given, "SIMBANK_URL", f"{base}/simbank"), path=True),
        simbank_api_key=_text(given, "SIMBANK_API_KEY", "" if strict else DEMO_API_KEY),
        simbank_webhook_secret=_webhook_secret(
            _text(given, "SIMBANK_WEBHOOK_SECRET", "" if strict else DEMO_WEBHOOK_SECRET)
        ),
        sepay_api_key=_provider_key(given, "SEPAY_API_KEY"),
        sepay_signing_secret=_provider_key(given, "SEPAY_SIGNING_SECRET"),
        payos_checksum_key=_provider_key(given, "PAYOS_CHECKSUM_KEY"),
        casso_checksum_key=_provider_key(given, "CASSO_CHECKSUM_KEY"),
        log_level=_choice(given, "LOG_LEVEL", "INFO", LOG_LEVELS),
        trusted_proxies=_whole(given, "TRUSTED_PROXIES", 0, range(6)),
        workers=_whole(given, "WORKERS", 1, range(1, 65)),
        request_threads=_whole(given, "REQUEST_THREADS", 96, range(4, 2049)),
        stream_limit=_whole(given, "STREAM_LIMIT", 400, range(1, 20_001)),
    )


def _text(given: Mapping[str, str], name: str, default: str | None) -> str:
    value = given.get(f"CHO40_{name}", "").strip() or default
    if value is None:
        message = f"CHO40_{name}: must be set in production"
        raise SettingsError(message)
    return value


def _choice(given: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = _text(given, name, default)
    if value not in choices:
        message = f"CHO40_{name}: must be one of {', '.join(choices)}"
        raise SettingsError(message)
    return value


def _whole(given: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    value = _text(given, name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) < WHOLE_FIGURES_MAX and int(value) in allowed):
        message = f"CHO40_{name}: must be a whole number from {allowed.start} to {allowed.stop - 1}"
        raise SettingsError(message)
    return int(value)


def _database_url(value: str) -> str:
    """A SQLite file or PostgreSQL; a bare postgres:// or postgresql:// speaks psycopg 3."""
    for scheme in ("postgres://", "postgresql://"):
        if value.startswith(scheme):
            value = f"postgresql+psycopg://{value.removeprefix(scheme)}"
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        url = None
    if url and url.drivername in {"sqlite", "postgresql+psycopg"} and url.database not in {None, "", ":memory:"}:
        return value
    # The value is not repeated: it may hold a password.
    message = "CHO40_DATABASE_URL: must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    raise SettingsError(message)


def _secret(value: str) -> str:
    if len(value) < SECRET_KEY_MIN_LENGTH:
        message = f"CHO40_SECRET_KEY: must have at least {SECRET_KEY_MIN_LENGTH} characters"
        raise SettingsError(message)
    return value


def _webhook_secret(value: str) -> str:
    if not value:
        return value
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not value.startswith("whsec_") or len(key) < WEBHOOK_SECRET_MIN_BYTES:
        message = (
            "CHO40_SIMBANK_WEBHOOK_SECRET: must be whsec_ followed by the base64 "
            f"of at least {WEBHOOK_SECRET_MIN_BYTES} bytes"
        )
        raise SettingsError(message)
    return value


def _provider_key(given: Mapping[str, str], name: str) -> str:
    value = _text(given, name, "")
    if value and not (len(value) >= PROVIDER_KEY_MIN_LENGTH and value.isascii() and value.isprintable()):
        message = f"CHO40_{name}: must have at least {PROVIDER_KEY_MIN_LENGTH} characters, all of them ASCII"
        raise SettingsError(message)
    return value


def _url(name: str, value: str, *, path: bool = False) -> str:
    """An address without a last slash; `path` says whether anything may follow its host."""
    value = value.rstrip("/")
    try:
        parts = urlsplit(value)
        plain = parts.port != 0 and parts.username is None and not parts.query and not parts.fragment
    except ValueError:
        plain = False
    if not plain or parts.scheme not in {"http", "https"} or not parts.hostname or (parts.path and not path):
        message = f"CHO40_{name}: must be an address like https://cho.example.vn"
        raise SettingsError(message)
    return value


def _bind(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) <= PORT_MAX:
        message = "CHO40_BIND: must be HOST:PORT, like 127.0.0.1:8000"
        raise SettingsError(message)
    return host, int(port)


def _reachable(host: str) -> str:
    """The host that a browser on this machine would use."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _gateways(value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    for name in names:
        if name not in KNOWN_GATEWAYS:
            message = f"CHO40_GATEWAYS: no gateway named {name}; known: {', '.join(KNOWN_GATEWAYS)}"
            raise SettingsError(message)
    return names


def _require_keys(settings: Settings) -> None:
    """A provider whose messages nothing could prove is refused at the start, not message by message."""
    proofs = {
        "sepay": (
            "CHO40_SEPAY_SIGNING_SECRET or CHO40_SEPAY_API_KEY",
            settings.sepay_signing_secret or settings.sepay_api_key,
        ),
        "payos": ("CHO40_PAYOS_CHECKSUM_KEY", settings.payos_checksum_key),
        "casso": ("CHO40_CASSO_CHECKSUM_KEY", settings.casso_checksum_key),
    }
    for gateway, (names, given) in proofs.items():
        if gateway in settings.gateways and not given:
            message = f"{names}: must be set, because CHO40_GATEWAYS names {gateway}"
            raise SettingsError(message)


def _refuse_demo_values(settings: Settings) -> None:
    refusals = {
        "CHO40_SECRET_KEY: the demo's key is public; make your own": settings.secret_key == DEMO_SECRET_KEY,
        "CHO40_SECRET_KEY: looks typed, not drawn; make it with: python3 -c 'import secrets; "
        "print(secrets.token_urlsafe(48))'": len(set(settings.secret_key)) < SECRET_KEY_DIFFERENT,
        "CHO40_SIMBANK_WEBHOOK_SECRET: the demo's secret is public": settings.simbank_webhook_secret
        == DEMO_WEBHOOK_SECRET,
        "CHO40_SIMBANK_API_KEY: the demo's key is public": settings.simbank_api_key == DEMO_API_KEY,
        "CHO40_GATEWAYS: production refuses the simulated bank": "simbank" in settings.gateways,
        "CHO40_PUBLIC_URL: production needs an https:// address": not settings.secure_cookies,
    }
    for message, refused in refusals.items():
        if refused:
            raise SettingsError(message)

"""SIMBANK_* environment variables, read once into one typed object."""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from .limits import AMOUNT_MAX_VND, DAILY_LIMIT_VND, MESSAGE_CREDITS_MAX

PREFIX = "SIMBANK_"
SECRET_MIN_BYTES = 16
NOTIFICATIONS_PATH = "/gateways/simbank/notifications"
_ANY_HOST = ("0.0.0.0", "::", "")  # noqa: S104 -- read here, not bound to


class SettingsError(ValueError):
    """A setting is unknown, missing or bad; the message is one line for the operator."""


class DemoPartner(Protocol):
    """What the demo's partner knows that the bank beside it needs to know too."""

    @property
    def secret_key(self) -> str:
        """The partner's own key; the bank's is derived from it and is another."""

    @property
    def database_url(self) -> str:
        """The partner's database; the bank's file lies in the same folder."""

    @property
    def bind_host(self) -> str:
        """Where the partner listens."""

    @property
    def bind_port(self) -> int:
        """Where the partner listens."""

    @property
    def simbank_api_key(self) -> str:
        """What the partner shows to the bank."""

    @property
    def simbank_webhook_secret(self) -> str:
        """What the bank signs with."""


def _check_database(url: str) -> None:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValidationError("is not a database address") from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise ValidationError("must be sqlite:///… or postgresql://…")
    # Each connection to an in-memory database would be a bank of its own.
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValidationError("must name a file")


def _check_secret(secret: str) -> None:
    if not secret:
        return
    if not secret.startswith("whsec_"):
        raise ValidationError("must start with whsec_")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
    except binascii.Error:
        raise ValidationError("must be base64 after whsec_") from None
    if len(key) < SECRET_MIN_BYTES:
        message = f"must hold {SECRET_MIN_BYTES} bytes or more after whsec_"
        raise ValidationError(message)


def _check_webhook_url(url: str) -> None:
    if url and not url.startswith(("http://", "https://")):
        raise ValidationError("must be an http or https address, or empty")


class _SettingsSchema(Schema):
    """The types and bounds of every setting."""

    class Meta:
        """An unknown name stops the start."""

        unknown = RAISE

    secret_key = fields.Str(required=True, validate=validate.Length(min=1))
    api_key = fields.Str(required=True, validate=validate.Length(min=1))
    database_url = fields.Str(validate=_check_database)
    webhook_url = fields.Str(validate=_check_webhook_url)
    webhook_secret = fields.Str(validate=_check_secret)
    transfer_limit_vnd = fields.Int(validate=validate.Range(1, AMOUNT_MAX_VND))
    daily_limit_vnd = fields.Int(validate=validate.Range(1, 10**12))
    delivery_batch = fields.Int(validate=validate.Range(1, MESSAGE_CREDITS_MAX))
    delivery_timeout_s = fields.Float(validate=validate.Range(0.05, 60))
    delivery_poll_s = fields.Float(validate=validate.Range(0.01, 60))
    lease_s = fields.Float(validate=validate.Range(0.1, 3_600))

    @validates_schema
    def _check_together(self, data: dict[str, object], **_: object) -> None:
        if data.get("webhook_url") and not data.get("webhook_secret"):
            raise ValidationError("is missing, and the webhook URL is set", "webhook_secret")
        lease_s, timeout_s = data.get("lease_s"), data.get("delivery_timeout_s")
        # A lease that ends while its own request is under way would send everything twice.
        if isinstance(lease_s, float) and isinstance(timeout_s, float) and lease_s < 2 * timeout_s:
            raise ValidationError("must be at least twice the delivery time-out", "lease_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimbankSettings:
    """What the bank needs to know to run. Money in whole đồng, times in seconds.

    Raises SettingsError when a value could not work. An empty `webhook_url` means that credits
    are kept in the outbox and sent to nobody.
    """

    secret_key: str
    api_key: str
    database_url: str = "sqlite:///var/simbank.sqlite3"
    webhook_url: str = ""
    webhook_secret: str = ""
    transfer_limit_vnd: int = AMOUNT_MAX_VND
    daily_limit_vnd: int = DAILY_LIMIT_VND
    delivery_batch: int = 200
    delivery_timeout_s: float = 5.0
    delivery_poll_s: float = 1.0
    lease_s: float = 15.0

    def __post_init__(self) -> None:
        """Check the values, wherever they came from."""
        _load(asdict(self))

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "SimbankSettings":
        """Read SIMBANK_* out of `environ`.

        Raises SettingsError with one line that names the variable.
        """
        return cls(**_load(_given(environ)))

    @classmethod
    def for_demo(cls, partner: DemoPartner, environ: Mapping[str, str] | None = None) -> "SimbankSettings":
        """Return the settings of the bank that is mounted beside a demo's partner.

        SIMBANK_* in `environ` (the process's own by default) has the last word. Raises
        SettingsError as `from_env` does.
        """
        host = "127.0.0.1" if partner.bind_host in _ANY_HOST else partner.bind_host
        derived = {
            # Two programs that share a key would take each other's session cookies.
            "secret_key": f"simbank:{partner.secret_key}",
            "api_key": partner.simbank_api_key,
            "database_url": f"sqlite:///{_folder(partner.database_url) / 'simbank.sqlite3'}",
            "webhook_url": f"http://{host}:{partner.bind_port}{NOTIFICATIONS_PATH}",
            "webhook_secret": partner.simbank_webhook_secret,
        }
        return cls(**_load({**derived, **_given(os.environ if environ is None else environ)}))


def _folder(database_url: str) -> Path:
    url = make_url(database_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    return Path(str(url.database)).parent if is_file else Path("var")


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}


def _load(given: Mapping[str, object]) -> dict[str, Any]:
    try:
        return dict(_SettingsSchema().load(given))
    except ValidationError as error:
        raise SettingsError(_one_line(error.messages_dict)) from None


def _one_line(messages: Mapping[str, list[str]]) -> str:
    faults = []
    for name in sorted(messages):
        reason = messages[name][0].rstrip(".")
        if reason == "Unknown field":
            known = ", ".join(PREFIX + field.upper() for field in sorted(_SettingsSchema().fields))
            reason = f"is not a setting; known: {known}"
        elif reason.startswith("Missing data"):
            reason = "is missing"
        faults.append(f"{PREFIX}{name.upper()} {reason}")
    return "; ".join(faults)

"""Settings: each bad start is refused with one line that names the setting."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.settings import DEMO_API_KEY, DEMO_SECRET_KEY, DEMO_WEBHOOK_SECRET, PROJECT_ROOT, SettingsError, load_settings

PRODUCTION = {
    "CHO40_ENV": "production",
    "CHO40_DATABASE_URL": "postgresql://cho@db/cho",
    "CHO40_SECRET_KEY": "Zq8xT3vR7mK1wN5bJ9cL2fH6dG4sP0aY",
    "CHO40_PUBLIC_URL": "https://cho.example.vn",
}


def test_nothing_set_is_the_demo_on_this_machine() -> None:
    settings = load_settings({})
    assert settings.demo
    assert settings.database_url == f"sqlite:///{PROJECT_ROOT}/var/cho40.db"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.simbank_url == "http://127.0.0.1:8000/simbank"
    assert settings.gateways == ("simbank",)
    assert not settings.secure_cookies


def test_production_starts_with_what_it_needs() -> None:
    settings = load_settings(PRODUCTION)
    assert settings.database_url == "postgresql+psycopg://cho@db/cho"
    assert settings.secure_cookies
    assert settings.gateways == ()


@pytest.mark.parametrize("missing", ["CHO40_DATABASE_URL", "CHO40_SECRET_KEY", "CHO40_PUBLIC_URL"])
def test_production_refuses_to_start_without(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^{missing}: must be set in production$"):
        load_settings({name: value for name, value in PRODUCTION.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHO40_SECRET_KEY", DEMO_SECRET_KEY),
        ("CHO40_SECRET_KEY", "a" * 48),
        ("CHO40_SIMBANK_WEBHOOK_SECRET", DEMO_WEBHOOK_SECRET),
        ("CHO40_SIMBANK_API_KEY", DEMO_API_KEY),
        ("CHO40_GATEWAYS", "simbank"),
        ("CHO40_PUBLIC_URL", "http://cho.example.vn"),
    ],
)
def test_production_refuses_what_is_the_demos(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        load_settings(PRODUCTION | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHO40_ENV", "staging"),
        ("CHO40_DATABASE_URL", "mysql://cho@db/cho"),
        ("CHO40_DATABASE_URL", "sqlite://"),
        ("CHO40_DATABASE_URL", "sqlite:///:memory:"),
        ("CHO40_DATABASE_URL", "postgresql://cho@db"),
        ("CHO40_DATABASE_URL", "postgresql://cho@db:port/cho"),
        ("CHO40_SECRET_KEY", "x" * 31),
        ("CHO40_PUBLIC_URL", "cho.example.vn"),
        ("CHO40_PUBLIC_URL", "https://cho.example.vn/app"),
        ("CHO40_PUBLIC_URL", "https://cho.example.vn?a=1"),
        ("CHO40_PUBLIC_URL", "https://who@cho.example.vn"),
        ("CHO40_PUBLIC_URL", "http://[broken"),
        ("CHO40_PUBLIC_URL", "http://cho.example.vn:99999"),
        ("CHO40_SIMBANK_URL", "ftp://bank"),
        ("CHO40_BIND", "8000"),
        ("CHO40_BIND", "127.0.0.1:0"),
        ("CHO40_BIND", "127.0.0.1:65536"),
        ("CHO40_BIND", "127.0.0.1:\uff18\uff10"),
        ("CHO40_GATEWAYS", "simbank,other"),
        ("CHO40_SIMBANK_WEBHOOK_SECRET", "whsec_c2hvcnQ="),
        ("CHO40_SIMBANK_WEBHOOK_SECRET", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("CHO40_LOG_LEVEL", "loud"),
        ("CHO40_TRUSTED_PROXIES", "6"),
        ("CHO40_TRUSTED_PROXIES", "-1"),
        ("CHO40_REQUEST_THREADS", "3"),
        ("CHO40_REQUEST_THREADS", "9" * 5000),
        ("CHO40_STREAM_LIMIT", "many"),
        ("CHO40_COLOUR", "blue"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as caught:
        load_settings({name: value})
    assert "\n" not in str(caught.value)


KEY = "mau-khong-bi-mat"


@pytest.mark.parametrize(
    ("gateway", "name"),
    [
        ("sepay", "CHO40_SEPAY_SIGNING_SECRET"),
        ("sepay", "CHO40_SEPAY_API_KEY"),
        ("payos", "CHO40_PAYOS_CHECKSUM_KEY"),
        ("casso", "CHO40_CASSO_CHECKSUM_KEY"),
    ],
)
def test_a_provider_is_refused_without_what_proves_its_messages(gateway: str, name: str) -> None:
    chosen = PRODUCTION | {"CHO40_GATEWAYS": gateway}
    with pytest.raises(SettingsError, match=f"{name}.*: must be set, because CHO40_GATEWAYS names {gateway}$"):
        load_settings(chosen)
    assert load_settings(chosen | {name: KEY}).gateways == (gateway,)
    assert KEY not in repr(load_settings(chosen | {name: KEY}))
    for bad in (KEY[:-1], "mẫu không bí mật, nhưng dài", KEY + "\t" + KEY):
        with pytest.raises(SettingsError, match=f"^{name}: must have at least 16 characters, all of them ASCII$"):
            load_settings(chosen | {name: bad})


def test_a_refused_database_address_is_not_repeated_for_it_may_hold_a_password() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"CHO40_DATABASE_URL": "mysql://cho:hunter2@db/cho"})
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(load_settings(PRODUCTION))
    assert PRODUCTION["CHO40_SECRET_KEY"] not in shown


@pytest.mark.parametrize(
    ("bind", "host", "public_url"),
    [
        ("0.0.0.0:80", "0.0.0.0", "http://127.0.0.1:80"),
        ("[::1]:8000", "::1", "http://[::1]:8000"),
        ("localhost:65535", "localhost", "http://localhost:65535"),
    ],
)
def test_where_it_listens_gives_the_address_to_open(bind: str, host: str, public_url: str) -> None:
    settings = load_settings({"CHO40_BIND": bind})
    assert (settings.bind_host, settings.public_url) == (host, public_url)


@pytest.mark.parametrize("program", [["-m", "flask", "--app", "wsgi", "database", "upgrade"], ["scripts/serve"]])
def test_a_program_that_is_started_badly_says_so_in_one_line(program: list[str]) -> None:
    answer = subprocess.run(
        [sys.executable, *program],
        cwd=PROJECT_ROOT,
        env={"CHO40_COLOUR": "blue", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode != 0
    assert answer.stderr.strip().splitlines() == [answer.stderr.strip()]
    assert "CHO40_COLOUR: no such setting; docs/settings.md lists them" in answer.stderr

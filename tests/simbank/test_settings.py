"""The settings: read once, refused in one line."""

from types import SimpleNamespace

import pytest

from simbank import SettingsError, SimbankSettings

GOOD = {"SIMBANK_SECRET_KEY": "s", "SIMBANK_API_KEY": "k"}


def test_it_reads_what_it_needs_and_has_defaults_for_the_rest():
    settings = SimbankSettings.from_env(GOOD | {"SIMBANK_DAILY_LIMIT_VND": "5000", "PATH": "/bin"})

    assert (settings.secret_key, settings.daily_limit_vnd) == ("s", 5_000)
    assert settings.transfer_limit_vnd == 499_999_999


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"SIMBANK_WEBHOK_URL": "http://x"}, "SIMBANK_WEBHOK_URL is not a setting; known: SIMBANK_API_KEY"),
        ({"SIMBANK_DAILY_LIMIT_VND": "much"}, "SIMBANK_DAILY_LIMIT_VND Not a valid integer"),
        ({"SIMBANK_TRANSFER_LIMIT_VND": "500000000"}, "SIMBANK_TRANSFER_LIMIT_VND Must be"),
        ({"SIMBANK_DATABASE_URL": "mysql://x/y"}, "SIMBANK_DATABASE_URL must be sqlite"),
        ({"SIMBANK_DATABASE_URL": "sqlite://"}, "SIMBANK_DATABASE_URL must name a file"),
        ({"SIMBANK_DATABASE_URL": "nonsense"}, "SIMBANK_DATABASE_URL is not a database address"),
        ({"SIMBANK_WEBHOOK_URL": "ftp://x"}, "SIMBANK_WEBHOOK_URL must be an http"),
        ({"SIMBANK_WEBHOOK_URL": "http://x"}, "SIMBANK_WEBHOOK_SECRET is missing"),
        ({"SIMBANK_WEBHOOK_SECRET": "secret"}, "SIMBANK_WEBHOOK_SECRET must start with whsec_"),
        ({"SIMBANK_WEBHOOK_SECRET": "whsec_aGk="}, "SIMBANK_WEBHOOK_SECRET must hold 16 bytes"),
        ({"SIMBANK_DELIVERY_TIMEOUT_S": "10"}, "SIMBANK_LEASE_S must be at least twice"),
        ({"SIMBANK_API_KEY": ""}, "SIMBANK_API_KEY Shorter than minimum length 1"),
    ],
)
def test_it_refuses_with_one_line_that_names_the_variable(change, line):
    with pytest.raises(SettingsError) as refused:
        SimbankSettings.from_env(GOOD | change)

    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", GOOD)
def test_it_refuses_to_start_without_its_secrets(name):
    with pytest.raises(SettingsError, match=f"{name} is missing"):
        SimbankSettings.from_env({k: v for k, v in GOOD.items() if k != name})


def test_beside_a_demo_it_has_another_key_and_the_same_folder():
    partner = SimpleNamespace(
        secret_key="theirs",
        database_url="sqlite:////tmp/demo/cho40.db",
        bind_host="0.0.0.0",
        bind_port=8000,
        simbank_api_key="k",
        simbank_webhook_secret="whsec_MDEyMzQ1Njc4OWFiY2RlZg==",
    )

    settings = SimbankSettings.for_demo(partner, {"SIMBANK_LEASE_S": "30"})

    assert settings.secret_key != "theirs"
    assert settings.database_url == "sqlite:////tmp/demo/simbank.sqlite3"
    assert settings.webhook_url == "http://127.0.0.1:8000/gateways/simbank/notifications"
    assert settings.lease_s == 30

"""The tree itself: names, defaults, and that secrets do not show."""

import msgspec
import pytest

from app.settings.fields import all_fields, secrets_of
from app.settings.schema import Admin, Settings, Upstream

DOCUMENTED = {
    "PORT": 3000,
    "HOST": "0.0.0.0",
    "DB_PATH": "./data/database.sqlite",
    "DATABASE_URL": None,
    "ADMIN_PASSWORD": None,
    "JWT_SECRET": None,
    "ADMIN_PASSWORD_BEARER_COMPAT": True,
    "MAX_CONCURRENT_PER_ACCOUNT": 1,
    "MAX_CONCURRENT_PER_MODEL": 3,
    "API_KEY": None,
    "ENCRYPTION_KEY": (),
    "UPSTREAM_BASE_URLS": (
        "https://daily-cloudcode-pa.googleapis.com",
        "https://cloudcode-pa.googleapis.com",
    ),
    "OAUTH_AUTH_URL": "https://accounts.google.com/o/oauth2/v2/auth",
    "OAUTH_TOKEN_URL": "https://oauth2.googleapis.com/token",
    "OAUTH_USERINFO_URL": "https://www.googleapis.com/oauth2/v1/userinfo",
    "OAUTH_CLIENT_ID": None,
    "OAUTH_CLIENT_SECRET": None,
    "OUTBOUND_PROXY": None,
    "REDIS_URL": None,
    "LOG_LEVEL": "info",
    "LOG_FORMAT": "text",
    "METRICS": False,
    "HTTP2_CLEARTEXT": True,
    "HEARTBEAT_S": 15.0,
    "IDENTITY_PREAMBLE": "",
    "LEASE_WAIT_S": 30.0,
    "WAITING_LINE": 500,
}


@pytest.mark.parametrize("variable", DOCUMENTED)
def test_a_documented_variable_has_its_documented_default(variable: str) -> None:
    """amendments.md 1."""
    defaults = {field.variable: field.default for field in all_fields()}

    assert defaults[variable] == DOCUMENTED[variable]


def test_names_are_unique_although_they_stand_in_sections() -> None:
    """architecture.md 13: an environment variable names one field."""
    names = [field.name for field in all_fields()]

    assert len(names) == len(set(names))


def test_every_field_says_what_it_means_in_a_sentence() -> None:
    """architecture.md 13."""
    assert [f.name for f in all_fields() if not f.description.endswith((".", "`"))] == []


def test_every_number_has_its_unit_in_its_name_or_is_a_count() -> None:
    """style.md 1: units stand in the name."""
    amounts = [field.name for field in all_fields() if field.kind == "amount"]

    assert [name for name in amounts if not name.endswith("_s") and name != "retry_budget"] == []


def test_all_secrets_that_are_set_can_be_listed_for_the_redactor() -> None:
    """threats.md S14: known values + patterns."""
    admin = Admin(admin_password="one", encryption_key=("two", "three"))

    assert secrets_of(msgspec.structs.replace(Settings(), admin=admin)) == ("one", "two", "three")


def test_the_text_form_of_settings_shows_no_secret() -> None:
    """threats.md S14."""
    settings = msgspec.structs.replace(
        Settings(),
        admin=Admin(admin_password="a-password-to-hide", encryption_key=("a-sealing-key-to-hide",)),
        upstream=Upstream(oauth_client_secret="a-client-secret-to-hide", oauth_client_id="shown"),
    )

    shown = repr(settings)

    assert "to-hide" not in shown
    assert "'shown'" in shown


def test_the_password_within_an_address_is_a_secret_of_its_own() -> None:
    """threats.md S14: errors show addresses in parts."""
    url = "http://operator:correct-horse@proxy.test:8080"
    upstream = msgspec.structs.replace(Settings().upstream, outbound_proxy=url)

    assert secrets_of(msgspec.structs.replace(Settings(), upstream=upstream)) == (url, "correct-horse")

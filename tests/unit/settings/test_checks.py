"""What types cannot say about settings."""

import pytest

from app.settings.checks import problems_of
from app.settings.load import SettingsError, load
from app.settings.schema import Settings


def said_about(**environ: str) -> str:
    with pytest.raises(SettingsError) as raised:
        load(environ)
    return str(raised.value)


def test_the_defaults_have_no_problem() -> None:
    assert problems_of(Settings()) == ()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("API_KEY", "sk-is-too-short", "shorter than 16"),
        ("API_KEY", "sk-with a space inside", "no HTTP header"),
        ("ENCRYPTION_KEY", "short-sealing-key-of-31-letters", "shorter than 32"),
        ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef,short", "shorter than 32"),
        ("JWT_SECRET", "tiny", "shorter than 12"),
        ("UPSTREAM_BASE_URLS", "cloudcode-pa.googleapis.com", "not an address"),
        ("UPSTREAM_BASE_URLS", "ftp://a.test", "not an address"),
        ("OAUTH_TOKEN_URL", "https://", "not an address"),
        ("OAUTH_TOKEN_URL", "https://a.test:99999/", "not an address"),
        ("OUTBOUND_PROXY", "socks4://a.test", "not an address"),
        ("REDIS_URL", "redis://cache", "not learnt yet"),
        ("DATABASE_URL", "mysql://a.test/b", "neither sqlite:// nor postgres://"),
        ("TLS_CERTFILE", "cert.pem", "TLS_KEYFILE is missing"),
        ("TLS_KEYFILE", "key.pem", "TLS_CERTFILE is missing"),
        ("OAUTH_CLIENT_SECRET", "a-secret", "OAUTH_CLIENT_ID is missing"),
        ("UPSTREAM_USER_AGENT", "one\ntwo", "no HTTP header"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy.example", "neither an address nor a network"),
    ],
)
def test_a_value_that_cannot_work_is_refused(variable: str, value: str, said: str) -> None:
    """faults.md F132, threats.md S01 and S25."""
    assert said in said_about(**{variable: value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OUTBOUND_PROXY", "socks5://user:word@127.0.0.1:1080"),
        ("DATABASE_URL", "postgres://user:word@db/gateway"),
        ("UPSTREAM_BASE_URLS", "http://127.0.0.1:9000"),
        ("API_KEY", "sk-local-0123456789"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1"),
    ],
)
def test_a_value_that_works_is_taken(variable: str, value: str) -> None:
    load({variable: value})

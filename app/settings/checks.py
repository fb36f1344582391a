"""What the types cannot say about settings: weak secrets, addresses, pairs that belong together.

Never: stops at the first problem.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from app.networks import networks_of
from app.settings.schema import Settings
from app.settings.weakness import SHORTEST_API_KEY, SHORTEST_PASSWORD, SHORTEST_SEALING_KEY, weakness

_PRINTABLE = re.compile(r"[ -~]+")
_KEY_CHARACTERS = re.compile(r"[!-~]+")


class Problem(Struct, frozen=True):
    """One thing that is wrong. `text` is a sentence without its subject, which is `variable`."""

    variable: str
    text: str

    def __str__(self) -> str:
        return f"{self.variable} {self.text}."


def problems_of(settings: Settings) -> tuple[Problem, ...]:
    """Everything that is wrong with settings whose types are right."""
    return (
        *_secret_problems(settings),
        *_address_problems(settings),
        *_pair_problems(settings),
        *_text_problems(settings),
    )


def _secret_problems(settings: Settings) -> Iterator[Problem]:
    admin = settings.admin
    secrets = [
        ("ADMIN_PASSWORD", admin.admin_password, SHORTEST_PASSWORD),
        ("JWT_SECRET", admin.jwt_secret, SHORTEST_PASSWORD),
        ("API_KEY", admin.api_key, SHORTEST_API_KEY),
        *(("ENCRYPTION_KEY", key, SHORTEST_SEALING_KEY) for key in admin.encryption_key),
    ]
    for variable, secret, shortest in secrets:
        if secret is not None and (why := weakness(secret, shortest)):
            yield Problem(variable, why)
    if admin.api_key is not None and not _KEY_CHARACTERS.fullmatch(admin.api_key):
        yield Problem("API_KEY", "holds a character that no HTTP header can carry")


def _address_problems(settings: Settings) -> Iterator[Problem]:
    upstream, web = settings.upstream, frozenset({"http", "https"})
    addresses = [
        *(("UPSTREAM_BASE_URLS", url, web) for url in upstream.upstream_base_urls),
        ("OAUTH_AUTH_URL", upstream.oauth_auth_url, web),
        ("OAUTH_TOKEN_URL", upstream.oauth_token_url, web),
        ("OAUTH_USERINFO_URL", upstream.oauth_userinfo_url, web),
        ("OUTBOUND_PROXY", upstream.outbound_proxy, web | {"socks5", "socks5h"}),
    ]
    for variable, url, schemes in addresses:
        if url is not None and not _is_address(url, schemes):
            yield Problem(variable, f"is not an address of the form {'|'.join(sorted(schemes))}://host")
    if upstream.redis_url is not None:
        yield Problem(
            "REDIS_URL", "asks for instances that share accounts, which this version has not learnt yet"
        )
    if not upstream.upstream_base_urls:
        yield Problem("UPSTREAM_BASE_URLS", "names no host")
    if not _are_networks(settings.server.trusted_proxies):
        yield Problem("TRUSTED_PROXIES", "holds what is neither an address nor a network such as 10.0.0.0/8")
    url = settings.database.database_url
    if url is not None and not url.startswith(("sqlite://", "postgres://", "postgresql://")):
        yield Problem("DATABASE_URL", "begins with neither sqlite:// nor postgres://")


def _are_networks(written: tuple[str, ...]) -> bool:
    try:
        networks_of(written)
    except ValueError:
        return False
    return True


def _is_address(url: str, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and port_is_fine


def _pair_problems(settings: Settings) -> Iterator[Problem]:
    server, upstream = settings.server, settings.upstream
    if (server.tls_certfile is None) != (server.tls_keyfile is None):
        missing = "TLS_KEYFILE" if server.tls_certfile else "TLS_CERTFILE"
        yield Problem(missing, "is missing: certificate and key are only useful together")
    if upstream.oauth_client_secret is not None and upstream.oauth_client_id is None:
        yield Problem("OAUTH_CLIENT_ID", "is missing although OAUTH_CLIENT_SECRET is set")


def _text_problems(settings: Settings) -> Iterator[Problem]:
    if not _PRINTABLE.fullmatch(settings.upstream.upstream_user_agent):
        yield Problem("UPSTREAM_USER_AGENT", "holds a character that no HTTP header can carry")

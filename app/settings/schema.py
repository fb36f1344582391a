"""Everything an operator may set, as one frozen tree.

Each leaf has a default, a description and, where it is a quantity, its unit in the name. The environment
variable of a leaf is its name in upper case, whatever section it stands in; names are unique in the tree.
`.env.example` and `docs/reference/settings.md` are made from this module (app/settings/document.py).
Never: reads a file or the environment, or knows what a setting is used for beyond one sentence.
"""

from functools import cache
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Struct

from app.settings.addons import AddonValues
from app.settings.sources import Sources

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
CountOrNone = Annotated[int, msgspec.Meta(ge=0)]

GOOGLE_AUTH_URL = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a password
GOOGLE_USERINFO_URL = "https://www.googleapis.com/oauth2/v1/userinfo"


def note(text: str, *, secret: bool = False, knob: bool = False) -> msgspec.Meta:
    """What one field means. `secret` values are never shown; a `knob` may change while running."""
    return msgspec.Meta(description=text, extra={"secret": secret, "knob": knob})


class Section(Struct, frozen=True, kw_only=True):
    """A group of settings. Its text form hides secrets, so that a settings tree can be logged."""

    def __repr__(self) -> str:
        hidden = secret_names(type(self))
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        shown = (f"{name}={'***' if value and name in hidden else repr(value)}" for name, value in values)
        return f"{type(self).__name__}({', '.join(shown)})"


class Server(Section, frozen=True, kw_only=True):
    """Where the gateway listens and how it treats connections."""

    host: Annotated[str, note("Address to listen on.")] = "0.0.0.0"  # noqa: S104 - as documented from the start
    port: Annotated[Port, note("Port to listen on; 0 takes a free one.")] = 3000
    tls_certfile: Annotated[
        str | None,
        note("PEM file with the certificate chain. With it the port speaks TLS and offers HTTP/2."),
    ] = None
    tls_keyfile: Annotated[str | None, note("PEM file with the private key of `TLS_CERTFILE`.")] = None
    http2_cleartext: Annotated[
        bool, note("Whether HTTP/2 with prior knowledge is spoken on a port without TLS.")
    ] = True
    max_connections: Annotated[Count, note("Connections from clients at once.")] = 4096
    max_connections_per_source: Annotated[
        CountOrNone,
        note(
            "Connections from one address at once, a /64 of IPv6 counting as one; 0 is no limit. "
            "Loopback and `TRUSTED_PROXIES` are exempt."
        ),
    ] = 64
    trusted_proxies: Annotated[
        tuple[str, ...],
        note(
            "Addresses and networks (CIDR) of the reverse proxies in front. Their `X-Forwarded-For` and "
            "`X-Forwarded-Proto` are believed, nobody else's."
        ),
    ] = ()
    max_streams: Annotated[Count, note("Requests answered at once; more are refused as busy.")] = 2000
    drain_s: Annotated[Seconds, note("How long running answers may go on after SIGTERM, in seconds.")] = 30.0
    head_timeout_s: Annotated[Seconds, note("Time a client has for the head of a request, in seconds.")] = 5.0
    head_max_bytes: Annotated[Count, note("Largest head of a request, in bytes.")] = 64 * 1024
    write_timeout_s: Annotated[
        Seconds, note("How long a client may leave an answer unread before it is cut off, in seconds.")
    ] = 30.0
    allowed_hosts: Annotated[
        tuple[str, ...],
        note("Host names under which the admin API may be reached, beside localhost and plain addresses."),
    ] = ()
    public_url: Annotated[
        str | None,
        note(
            "Address under which people and clients reach the gateway, with the path prefix of a reverse "
            "proxy if there is one; the panel shows it and links within it. The address asked for otherwise."
        ),
    ] = None
    wrong_keys_per_source: Annotated[
        CountOrNone,
        note(
            "Wrong client keys that one address may send before more are answered with 429; one is forgiven "
            "every 2 s. 0 is no limit. A right key is never held up."
        ),
    ] = 30
    cors_origins: Annotated[
        tuple[str, ...],
        note("Origins whose web pages may call the client APIs; `*` for all of them.", knob=True),
    ] = ()


class Database(Section, frozen=True, kw_only=True):
    """Where state is kept, and for how long."""

    db_path: Annotated[
        str, note("The SQLite file. Its folder also holds generated secrets and the usage journal.")
    ] = "./data/database.sqlite"
    database_url: Annotated[
        str | None,
        note("`sqlite://...` or `postgres://...`; made from `DB_PATH` when not set.", secret=True),
    ] = None
    log_flush_s: Annotated[Seconds, note("Longest wait before request rows are written, in seconds.")] = 0.5
    log_batch_rows: Annotated[Count, note("Rows that are written without waiting longer.")] = 200
    log_retention_days: Annotated[
        CountOrNone, note("How long request rows are kept, in days; 0 keeps them.", knob=True)
    ] = 30
    usage_retention_days: Annotated[
        CountOrNone, note("How long usage per minute is kept, in days; 0 keeps it.", knob=True)
    ] = 400


class Admin(Section, frozen=True, kw_only=True):
    """Who may administer the gateway, and the keys that seal what it keeps."""

    admin_password: Annotated[
        str | None,
        note(
            "Password of the panel, at least 12 characters. Generated and printed once if unset.", secret=True
        ),
    ] = None
    admin_password_bearer_compat: Annotated[
        bool, note("Whether the admin API takes the password itself as a bearer token.")
    ] = True
    jwt_secret: Annotated[
        str | None, note("Signs admin sessions. Generated beside the database if unset.", secret=True)
    ] = None
    encryption_key: Annotated[
        tuple[str, ...],
        note(
            "Seals refresh tokens in the database. Several values rotate: the first writes, all read. "
            "Generated beside the database if unset.",
            secret=True,
        ),
    ] = ()
    api_key: Annotated[
        str | None,
        note("One client key that always works, for containers; at least 16 characters.", secret=True),
    ] = None


class Pool(Section, frozen=True, kw_only=True):
    """How accounts are lent to requests."""

    max_concurrent_per_account: Annotated[
        CountOrNone, note("Requests one account serves at once; 0 is no limit.", knob=True)
    ] = 1
    max_concurrent_per_model: Annotated[
        CountOrNone, note("Requests one model serves at once over all accounts; 0 is no limit.", knob=True)
    ] = 3
    pool_strategy: Annotated[
        Literal["balanced", "round_robin", "fill_first"],
        note(
            "In which order accounts are taken: `balanced` by quota left and load, `round_robin` strictly in "
            "turn, `fill_first` one until it is used up.",
            knob=True,
        ),
    ] = "balanced"
    lease_wait_s: Annotated[
        Seconds, note("How long a request waits for an account, in seconds.", knob=True)
    ] = 30.0
    waiting_line: Annotated[CountOrNone, note("Requests that may wait for one model at once.", knob=True)] = (
        500
    )
    max_unclear_attempts: Annotated[
        Count,
        note("Attempts per request for failures that name no cause, the first one included.", knob=True),
    ] = 3
    retry_wait_s: Annotated[
        Seconds, note("Longest sum of waits between attempts, in seconds.", knob=True)
    ] = 30.0
    retry_budget: Annotated[
        Annotated[float, msgspec.Meta(ge=0, le=1)],
        note("Share of running requests that may be retrying unclear failures."),
    ] = 0.2
    cooldown_max_s: Annotated[
        Seconds,
        note("An account set aside for longer is tried by one request after this, in seconds.", knob=True),
    ] = 3600.0
    quota_sync_s: Annotated[
        CountOrNone,
        note("How often quota and models of each account are looked at, in seconds; 0 is never."),
    ] = 600
    token_lead_s: Annotated[
        Seconds, note("How long before their end access tokens are renewed at the latest, in seconds.")
    ] = 300.0


class Upstream(Section, frozen=True, kw_only=True):
    """Who answers, and how the gateway introduces itself there."""

    upstream_base_urls: Annotated[
        tuple[str, ...], note("Hosts of the backend, in the order in which they are tried.")
    ] = ("https://daily-cloudcode-pa.googleapis.com", "https://cloudcode-pa.googleapis.com")
    upstream_user_agent: Annotated[
        str,
        note(
            "Client version shown to the backend, which refuses old ones. 2.9.0 is the lowest that "
            "is known to reach the models of August 2026; raise it when the backend asks for an update.",
            knob=True,
        ),
    ] = "antigravity/hub/2.9.0 linux/amd64"
    identity_preamble: Annotated[
        str, note("Text put before every system prompt; empty puts nothing there.", knob=True)
    ] = ""
    oauth_client_id: Annotated[
        str | None, note("The operator's OAuth client. Without it nobody can sign in and no token renews.")
    ] = None
    oauth_client_secret: Annotated[str | None, note("Secret of `OAUTH_CLIENT_ID`.", secret=True)] = None
    oauth_auth_url: Annotated[str, note("Page on which an account's owner agrees.")] = GOOGLE_AUTH_URL
    oauth_token_url: Annotated[str, note("Where codes and refresh tokens become tokens.")] = GOOGLE_TOKEN_URL
    oauth_userinfo_url: Annotated[str, note("Tells the address of a fresh account.")] = GOOGLE_USERINFO_URL
    outbound_proxy: Annotated[
        str | None, note("Proxy for all calls to the backend: http, https or socks5 URL.", secret=True)
    ] = None
    redis_url: Annotated[
        str | None, note("Shared store through which several instances lend accounts.", secret=True)
    ] = None


class Models(Section, frozen=True, kw_only=True):
    """Names under which models are offered."""

    model_aliases: Annotated[
        dict[str, str], note("Further names for models: `name=model`, separated by commas.", knob=True)
    ] = {}
    hidden_models: Annotated[
        tuple[str, ...],
        note("Models that are left out of lists; whoever asks for one by name still gets it.", knob=True),
    ] = ()


class Limits(Section, frozen=True, kw_only=True):
    """What a request may cost in time and size."""

    connect_s: Annotated[Seconds, note("Time to connect to the backend, in seconds.")] = 10.0
    header_s: Annotated[Seconds, note("Wait for the backend's first answer, in seconds.", knob=True)] = 60.0
    header_thinking_s: Annotated[Seconds, note("The same for models that think, in seconds.", knob=True)] = (
        120.0
    )
    before_output_s: Annotated[
        Seconds, note("All attempts of a request together until its first output, in seconds.", knob=True)
    ] = 180.0
    idle_s: Annotated[
        Seconds, note("Longest silence of the backend after output, in seconds.", knob=True)
    ] = 120.0
    lifetime_s: Annotated[Seconds, note("Longest life of one answer, in seconds.")] = 3600.0
    heartbeat_s: Annotated[
        Seconds, note("A silent stream carries a sign of life this often, in seconds.", knob=True)
    ] = 15.0
    early_headers_after_s: Annotated[
        Annotated[float, msgspec.Meta(ge=0)],
        note(
            "Silence after which a stream's 200 goes out although the backend has said nothing, in seconds; "
            "0 is as each client API documents.",
            knob=True,
        ),
    ] = 0.0
    stall_buffer_bytes: Annotated[
        Count, note("Bytes kept for a client that reads slowly; then the backend is not read on.", knob=True)
    ] = 256 * 1024
    body_max_bytes: Annotated[
        Count, note("Largest request body, as sent and as inflated, in bytes.", knob=True)
    ] = 64 * 1024 * 1024
    body_timeout_s: Annotated[Seconds, note("Time a client has for the body, in seconds.", knob=True)] = 60.0


class Images(Section, frozen=True, kw_only=True):
    """Images in prompts."""

    image_max_bytes: Annotated[Count, note("Largest image, decoded from base64, in bytes.")] = 20_000_000
    image_max_pixels: Annotated[Count, note("Largest image, in pixels.")] = 40_000_000
    fetch_image_urls: Annotated[
        Literal["auto", "on", "off"],
        note(
            "Whether images are fetched from addresses in prompts; `auto` is as each client API documents.",
            knob=True,
        ),
    ] = "auto"
    fetch_allow_hosts: Annotated[
        tuple[str, ...], note("Hosts that may be fetched from although their address is not public.")
    ] = ()
    fetch_timeout_s: Annotated[Seconds, note("Time for fetching one image, in seconds.", knob=True)] = 15.0


class Observe(Section, frozen=True, kw_only=True):
    """What can be seen of the gateway from outside."""

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], note("Least severity that is logged.")
    ] = "info"
    log_format: Annotated[Literal["text", "json"], note("`json` for machines.")] = "text"
    metrics: Annotated[
        bool, note("Whether `/metrics` answers everybody; an admin token always opens it.")
    ] = False


class Addons(Section, frozen=True, kw_only=True):
    """Which addons are loaded. Options of an addon stand in `[addons.NAME]` or `ADDON_NAME_FIELD`."""

    addons: Annotated[
        tuple[str, ...],
        note("Addons to load, in order: `module:name` or a path to a file. They may do all that we may."),
    ] = ()
    entry_point_addons: Annotated[
        bool, note("Whether addons of installed packages are loaded by themselves.")
    ] = True
    watch_addons: Annotated[
        bool, note("Whether a changed addon file is loaded anew while running; for development.")
    ] = False


class Settings(Section, frozen=True, kw_only=True):
    """The whole tree. Sections group it for readers and for `config.toml`; they are not in names."""

    server: Server = Server()
    database: Database = Database()
    admin: Admin = Admin()
    pool: Pool = Pool()
    upstream: Upstream = Upstream()
    models: Models = Models()
    limits: Limits = Limits()
    images: Images = Images()
    observe: Observe = Observe()
    addons: Addons = Addons()
    addon_values: AddonValues = AddonValues()
    sources: Sources = Sources()


@cache
def secret_names(section: type[Section]) -> frozenset[str]:
    """The fields of a section that are never shown."""
    hints = get_type_hints(section, include_extras=True)
    return frozenset(name for name in section.__struct_fields__ if _is_secret(hints[name]))


def _is_secret(annotation: Any) -> bool:
    return any(mark.extra["secret"] for mark in getattr(annotation, "__metadata__", ()) if mark.extra)

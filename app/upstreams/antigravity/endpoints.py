"""Where the Antigravity backend is and what every call to it carries: all in this one file.

Three headers are enough, and no more are sent: no telemetry, no imitation of another program's traits.
Never: input or output. Source: upstream.md 1.1, 1.2, 1.4, 3.1.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from app.upstreams.base import Credential

ControlMethod: TypeAlias = Literal[
    "countTokens", "fetchAvailableModels", "loadCodeAssist", "onboardUser", "retrieveUserQuotaSummary"
]

SCOPES: Final = (
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    "https://www.googleapis.com/auth/cclog",
    "https://www.googleapis.com/auth/experimentsandconfigs",
)


class AntigravityOptions(Struct, frozen=True, kw_only=True):
    """What an operator may set about this upstream.

    `base_urls` are tried in order. `user_agent` names the client version, which the backend looks at.
    `preamble` is put before every system prompt, "" puts nothing there. Limits are in seconds.
    """

    base_urls: tuple[str, ...]
    user_agent: str
    oauth_auth_url: str
    oauth_token_url: str
    oauth_userinfo_url: str
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = None
    preamble: str = ""
    header_wait_s: float = 60.0
    thinking_header_wait_s: float = 120.0
    control_s: float = 30.0
    token_s: float = 20.0
    poll_every_s: float = 2.0
    polls: int = 10


def stream_url(base: str) -> str:
    """Where generations are asked for; always as a stream of events."""
    return f"{base.rstrip('/')}/v1internal:streamGenerateContent?alt=sse"


def control_url(base: str, method: ControlMethod) -> str:
    """Where small calls go."""
    return f"{base.rstrip('/')}/v1internal:{method}"


def headers(
    options: AntigravityOptions, credential: Credential, extra: tuple[tuple[str, str], ...] = ()
) -> dict[str, str]:
    """The headers of any call; the length of the body is the transport's to add."""
    return {
        "user-agent": options.user_agent,
        "authorization": f"Bearer {credential.access_token}",
        "content-type": "application/json",
        "accept-encoding": "gzip",
        **dict(extra),
    }

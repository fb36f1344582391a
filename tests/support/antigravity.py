"""An Antigravity upstream in front of a simulator, for tests over real sockets.

Never: the pool's rules, or the gateway.
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from app.catalog.profile import ModelProfile
from app.clock import SystemClock
from app.errors import UpstreamError
from app.ids import AccountId
from app.ir.parts import Text
from app.ir.prompt import Prompt, Turn
from app.simulator.server import Simulator, SimulatorOptions
from app.upstreams.antigravity.client import AntigravityUpstream
from app.upstreams.antigravity.endpoints import AntigravityOptions
from app.upstreams.antigravity.oauth import AntigravityOAuth
from app.upstreams.base import Call, Credential
from app.upstreams.http import HttpOptions, PlainReply, UpstreamHttp

FLASH = ModelProfile(
    id="gemini-3-flash",
    wire_id="gemini-3-flash",
    family="gemini",
    display_name="Gemini 3 Flash",
    group="gemini",
    max_input=1_048_576,
    max_output=65_536,
)

IMMEDIATE = {"poll_every_s": 0.0}


def some_options(**values: Any) -> AntigravityOptions:
    """Options that lead nowhere unless told otherwise."""
    given: dict[str, Any] = {
        "base_urls": ("http://127.0.0.1:9/daily", "http://127.0.0.1:9/prod"),
        "user_agent": "antigravity/cli/2.9.0 linux/amd64",
        "oauth_auth_url": "http://127.0.0.1:9/auth",
        "oauth_token_url": "http://127.0.0.1:9/token",
        "oauth_userinfo_url": "http://127.0.0.1:9/userinfo",
        "oauth_client_id": "sim-client",
        "oauth_client_secret": "sim-secret",
        **values,
    }
    return AntigravityOptions(**given)


class ScriptedSender:
    """Answers small calls from a list: a status and a body each, or an error. Keeps what was asked."""

    def __init__(self, *says: tuple[int, Any] | UpstreamError) -> None:
        self.says = list(says)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        timeout_s: float,
    ) -> PlainReply:
        self.asked.append((method, url, dict(headers or {}), body))
        said = self.says.pop(0)
        if isinstance(said, UpstreamError):
            raise said
        status, answer = said
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return PlainReply(status, {"content-type": "application/json"}, content)


class AntigravityWorld:
    """A simulator and the upstream that talks to it; options as given over those of the simulator."""

    def __init__(self, *, options: dict[str, Any] | None = None, **simulator: Any) -> None:
        self.sim = Simulator(SimulatorOptions(**simulator))
        self._given = options or {}
        self.clock = SystemClock()

    async def __aenter__(self) -> Self:
        await self.sim.start()
        sim = self.sim
        self.options = some_options(
            **{
                "base_urls": sim.host_urls,
                "oauth_auth_url": sim.oauth_auth_url,
                "oauth_token_url": sim.oauth_token_url,
                "oauth_userinfo_url": sim.oauth_userinfo_url,
                **IMMEDIATE,
                **self._given,
            }
        )
        self.http = UpstreamHttp(HttpOptions())
        self.oauth = AntigravityOAuth(self.http, self.options)
        self.upstream = AntigravityUpstream(self.http, self.options, self.clock)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()
        await self.sim.stop()

    async def credential(self, index: int = 0) -> Credential:
        """A fresh access token of one simulated account."""
        account = self.sim.accounts[index]
        token = await self.oauth.refresh(account.refresh_token)
        return Credential(AccountId(account.id), token.access_token, account.project)

    def call(self, text: str = "Hello", profile: ModelProfile = FLASH, **values: Any) -> Call:
        """A call with one user turn."""
        prompt = Prompt(model=profile.id, turns=(Turn("user", (Text(text),)),))
        given: dict[str, Any] = {"request_id": "", "session": text, **values}
        return Call(encoded=self.upstream.encode(prompt, profile), profile=profile, **given)

    async def read(self, call: Call, credential: Credential) -> bytes:
        """The whole body of one stream."""
        async with self.upstream.open(call, credential) as chunks:
            return b"".join([chunk async for chunk in chunks])

    def asked(self, method: str) -> list[Any]:
        """The simulator's log of one method."""
        return [entry for entry in self.sim.requests if entry.method == method]

"""Who takes part in a measurement: the simulated backend, the gateway, and a bare pass-through."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from app.simulator.options import SimulatorOptions
from app.simulator.server import Simulator
from tests.bench.processes import ROOT, Served, ask, free_port

KEY = "sk-bench-0123456789abcdef"
ADMIN_PASSWORD = "a password for the bench"


class Request(Struct, frozen=True):
    """What a client asks, to be sent as it stands."""

    path: str
    body: str


def chat(*, stream: bool) -> Request:
    """A short conversation in OpenAI's dialect."""
    return _asking("/v1/chat/completions", "gemini-3-flash", stream=stream)


def messages(*, stream: bool) -> Request:
    """The same in Anthropic's."""
    return _asking("/v1/messages", "claude-sonnet-4-5", stream=stream)


@contextmanager
def backend() -> Iterator[Served]:
    """A simulator whose streams cost it next to nothing."""
    port = free_port()
    with Served(port, "app", "simulate", "--profile", "bench", "--port", str(port)) as served:
        served.wait("/__sim/health")
        yield served


def shape(served: Served, *, chunks: int, interval_s: float = 0.0, stamp: str = "none") -> None:
    """What the backend's streams look like from now on."""
    wish = {"chunks": chunks, "interval_s": interval_s, "stamp": stamp}
    assert ask(served.port, "POST", "/__sim/bench", wish)[0] == 200


@contextmanager
def gateway(upstream: Served | None = None) -> Iterator[Served]:
    """A gateway with one account and no limits; without an upstream it can only start."""
    with TemporaryDirectory(prefix="bench-") as folder:
        environment = _environment(Path(folder), upstream)
        if upstream is not None:
            _add_account(environment)
        port = free_port()
        command = ("app", "serve", "--host", "127.0.0.1", "--port", str(port))
        with Served(port, *command, environment=environment) as served:
            yield served


@contextmanager
def passthrough(upstream: Served) -> Iterator[Served]:
    """The same server and HTTP client with nothing between them."""
    port = free_port()
    with Served(port, "tests.bench.passthrough", str(port), str(upstream.port)) as served:
        served.wait("/")
        yield served


def _asking(path: str, model: str, *, stream: bool) -> Request:
    turns = [
        {"role": "user", "content": "Write a short story about a fox. " * 8},
        {"role": "assistant", "content": "Once upon a time."},
        {"role": "user", "content": "Go on."},
    ]
    return Request(
        path, json.dumps({"model": model, "stream": stream, "max_tokens": 1000, "messages": turns})
    )


def _environment(folder: Path, upstream: Served | None) -> dict[str, str]:
    base = f"http://127.0.0.1:{upstream.port if upstream else 9}"
    return {
        "DB_PATH": str(folder / "bench.sqlite"),
        "API_KEY": KEY,
        "ADMIN_PASSWORD": ADMIN_PASSWORD,
        "JWT_SECRET": "a-secret-for-the-bench-0123456789abcdef",
        "UPSTREAM_BASE_URLS": base,
        "OAUTH_TOKEN_URL": f"{base}/token",
        "OAUTH_CLIENT_ID": "sim-client",
        "OAUTH_CLIENT_SECRET": "sim-secret",
        "MAX_CONCURRENT_PER_ACCOUNT": "0",
        "MAX_CONCURRENT_PER_MODEL": "0",
        "LOG_LEVEL": "warning",
    }


def _add_account(environment: Mapping[str, str]) -> None:
    # A simulator with the same seed has the same accounts.
    known = Simulator(SimulatorOptions(profile="bench")).accounts[0]
    account = ("--email", known.email, "--refresh-token", known.refresh_token, "--project", "bench")
    subprocess.run(
        [sys.executable, "-m", "app", "account", "add", *account],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )

"""Commands as processes: they say where they are, they answer, and SIGTERM ends them."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
END_S = 20.0


class Process:
    """A command that runs until it is told to end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def says(self, pattern: str) -> re.Match[str]:
        """Wait for what it says on either output."""
        assert self.process.stdout is not None
        while (found := re.search(pattern, self.said)) is None:
            line = await self.process.stdout.readline()
            assert line, f"it ended, having said:\n{self.said}"
            self.said += line.decode()
        return found

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and tell how it did."""
        self.process.send_signal(number)
        async with asyncio.timeout(END_S):
            return await self.process.wait()


@asynccontextmanager
async def command(
    folder: Path, *arguments: str, module: str = "app", **environ: str
) -> AsyncIterator[Process]:
    """`antigravity-proxy`, or another module, with these arguments, in a folder of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_demo_answers_with_the_key_it_prints(tmp_path: Path) -> None:
    """amendments.md 1."""
    async with command(tmp_path, "demo", "--port", "0") as demo:
        base = (await demo.says(r"runs at (http://127\.0\.0\.1:\d+)"))[1]
        key = (await demo.says(r"key +(\S+)"))[1]
        link = (await demo.says(r"panel, signed in .*: (http://\S+/admin/link/\S+)"))[1]
        await demo.says("Ctrl-C ends it")
        assert link.startswith(base)
        async with httpx.AsyncClient(base_url=base, trust_env=False, follow_redirects=True) as browser:
            assert "/admin/sign-out" in (await browser.get(link, timeout=30)).text
        async with httpx.AsyncClient(base_url=base, headers={"x-api-key": key}, trust_env=False) as client:
            said = {"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": [_HELLO]}
            answer = await client.post("/v1/messages", json=said, timeout=30)
            completion = await client.post(
                "/v1/chat/completions", json={"model": "gemini-3-flash", "messages": [_HELLO]}, timeout=30
            )

        assert (answer.status_code, completion.status_code) == (200, 200)
        assert answer.json()["content"][0]["text"]
        assert await demo.end(signal.SIGINT) == 0

    assert list(tmp_path.iterdir()) == [], "nothing is kept"


async def test_serve_keeps_its_state_and_ends_on_a_signal(tmp_path: Path) -> None:
    environ = {"DB_PATH": str(tmp_path / "data" / "database.sqlite"), "DRAIN_S": "1"}
    arguments = ("serve", "--host", "127.0.0.1", "--port", "0", "--simulator")
    async with command(tmp_path, *arguments, **environ) as serve:
        base = (await serve.says(r"listening on (http://127\.0\.0\.1:\d+)"))[1]
        assert "admin password, shown this once" in serve.said
        link = (await serve.says(r"panel, signed in .*: (http://\S+/admin/link/\S+)"))[1]
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            assert (await client.get(link, timeout=30)).headers["location"] == "/admin/"
            assert (await client.get("/health/ready")).json()["reasons"] == ["no usable account"]
        assert await serve.end() == 0
    async with command(tmp_path, *arguments, **environ) as again:
        await again.says("attention: no usable account")
        assert "password" not in again.said
        assert "/admin/link/" not in again.said
        assert await again.end() == 0


async def test_serve_does_not_start_with_settings_that_make_no_sense(tmp_path: Path) -> None:
    async with command(tmp_path, "serve", PORT="many") as serve:
        await serve.says("The settings cannot be used")
        assert await serve.process.wait() == 2


async def test_simulate_prints_what_a_gateway_needs_to_know(tmp_path: Path) -> None:
    async with command(tmp_path, "simulate", "--port", "0", "--accounts", "2") as simulate:
        token_url = (await simulate.says(r"OAUTH_TOKEN_URL=(\S+)"))[1]
        client_id = (await simulate.says(r"OAUTH_CLIENT_ID=(\S+)"))[1]
        secret = (await simulate.says(r"OAUTH_CLIENT_SECRET=(\S+)"))[1]
        refresh = (await simulate.says(r"# account \S+ refresh token (\S+)\n.*# account"))[1]
        async with httpx.AsyncClient(trust_env=False) as client:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": refresh,
                "client_id": client_id,
                "client_secret": secret,
            }
            reply = await client.post(token_url, data=form)

        assert reply.json()["access_token"]
        assert await simulate.end() == 0


async def test_a_server_of_somebody_elses_can_run_it(tmp_path: Path) -> None:
    """architecture.md 17: `hypercorn app.asgi:app`."""
    arguments = ("app.asgi:app", "--bind", "127.0.0.1:0")
    environ = {"DB_PATH": str(tmp_path / "database.sqlite"), "CORS_ORIGINS": "*"}
    async with command(tmp_path, *arguments, module="hypercorn", **environ) as server:
        base = (await server.says(r"Running on (http://127\.0\.0\.1:\d+)"))[1]
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            alive = await client.get("/health/live")
            asked = await client.options("/v1/messages", headers={"origin": "https://chat.example"})

        assert (alive.status_code, asked.status_code) == (200, 204)
        assert asked.headers["allow"] == "POST, OPTIONS"
        assert asked.headers["access-control-allow-origin"] == "*"
        assert await server.end() == 0


_HELLO = {"role": "user", "content": "Hello!"}

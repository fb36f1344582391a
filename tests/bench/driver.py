"""The clients of a measurement, in a process of their own.

    python -m tests.bench.driver    with a Job as JSON on its input, a Report as JSON on its output

As little as a client can do: keeps connections, finds the ends of answers, notes when the first event came.
"""

import asyncio
import re
import subprocess
import sys
import time
from typing import cast

import msgspec
from msgspec import Struct

from app.server.descriptors import raise_limit
from app.server.loop import new_event_loop
from tests.bench.cast import KEY, Request
from tests.bench.processes import ROOT, stopped_at_the_end

OPEN = "open"
"""Printed by a driver that holds its streams; it ends when its input does."""

_STAMP = re.compile(rb"@T([0-9a-f]{16})@")
_LENGTH = re.compile(rb"content-length: (\d+)\r\n", re.IGNORECASE)
_END = b"0\r\n\r\n"
_LIMIT_S = 60.0


class Job(Struct):
    """`answers` over `clients` connections at `port`; `hold`: stay once every client has its first event."""

    port: int
    request: Request
    clients: int
    answers: int
    hold: bool = False


class Report(Struct):
    """`first_ms`: from the backend's first byte to the client, of each answer that was stamped."""

    seconds: float
    answers: int
    first_ms: list[float]


def drive(job: Job) -> Report:
    """Run a job to its end in another process."""
    command = [sys.executable, "-m", "tests.bench.driver"]
    done = subprocess.run(command, cwd=ROOT, input=msgspec.json.encode(job), capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=Report)


def hold(job: Job) -> "subprocess.Popen[str]":
    """Start a driver and return when all its streams are open; end the process to end them."""
    command = [sys.executable, "-m", "tests.bench.driver"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(msgspec.json.encode(job).decode() + "\n")
    process.stdin.flush()
    if process.stdout.readline().strip() != OPEN:
        with stopped_at_the_end(process):
            raise RuntimeError("the streams could not be opened")
    return process


class _Crowd:
    """What the clients of one job share."""

    def __init__(self, job: Job) -> None:
        body = job.request.body.encode()
        head = (
            f"POST {job.request.path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {KEY}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.request = head.encode() + body
        self.to_ask = job.answers
        self.answered = 0
        self.begun = 0
        self.first_ms: list[float] = []
        self.failure: str | None = None
        self.all_begun = asyncio.Event()
        self.all_over = asyncio.Event()
        self._job = job

    def begin(self, data: bytes) -> None:
        """The first bytes of a body."""
        self.begun += 1
        if stamp := _STAMP.search(data):
            self.first_ms.append((time.monotonic_ns() - int(stamp[1], 16)) / 1e6)
        if self.begun >= self._job.clients:
            self.all_begun.set()

    def end(self) -> None:
        """An answer is complete."""
        self.answered += 1
        if self.answered >= self._job.answers:
            self.all_over.set()

    def fail(self, why: str) -> None:
        """Something that makes the figures worthless, unless it comes after them."""
        if not self.all_over.is_set():
            self.failure = self.failure or why
        self.all_begun.set()
        self.all_over.set()


class _Client(asyncio.Protocol):
    """One connection: asks, waits for the end of the answer, asks again."""

    def __init__(self, crowd: _Crowd) -> None:
        self._crowd = crowd
        self._head = b""
        self._tail = b""
        self._is_in_body = False
        self._left: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.fail(f"a connection was lost: {exc}")

    def data_received(self, data: bytes) -> None:
        if not self._is_in_body:
            data = self._read_head(data)
            if not data:
                return
            self._crowd.begin(data)
            self._is_in_body = True
        if self._left is None:
            self._tail = self._tail[-4:] + data[-5:]
            is_over = self._tail.endswith(_END)
        else:
            self._left -= len(data)
            is_over = self._left <= 0
        if is_over:
            self._crowd.end()
            self._ask()

    def _ask(self) -> None:
        self._head = self._tail = b""
        self._is_in_body, self._left = False, None
        if self._crowd.to_ask > 0:
            self._crowd.to_ask -= 1
            self._transport.write(self._crowd.request)

    def _read_head(self, data: bytes) -> bytes:
        self._head += data
        head, blank, rest = self._head.partition(b"\r\n\r\n")
        if not blank:
            return b""
        if not head.startswith(b"HTTP/1.1 200 "):
            self._crowd.fail(self._head[:400].decode("latin-1"))
            return b""
        length = _LENGTH.search(head + b"\r\n")
        self._left = int(length[1]) if length else None
        return rest


async def _run(job: Job) -> None:
    crowd = _Crowd(job)
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    transports = []
    for _ in range(job.clients):
        transport, _ = await loop.create_connection(lambda: _Client(crowd), "127.0.0.1", job.port)
        transports.append(transport)
    async with asyncio.timeout(_LIMIT_S):
        await (crowd.all_begun if job.hold else crowd.all_over).wait()
    report = Report(time.monotonic() - began, crowd.answered, crowd.first_ms)
    if crowd.failure is not None:
        raise RuntimeError(crowd.failure)
    if job.hold:
        print(OPEN, flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
    else:
        print(msgspec.json.encode(report).decode())
    crowd.all_over.set()
    for transport in transports:
        transport.abort()


if __name__ == "__main__":
    raise_limit()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_run(msgspec.json.decode(sys.stdin.readline(), type=Job)))

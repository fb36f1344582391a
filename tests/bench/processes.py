"""Processes under measurement: started with a port of their own, looked at from outside, ended by id.

Reads Linux's /proc: processor time of all threads in nanoseconds, memory as the share that is their own.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
END_S = 10.0
_ASK_EVERY_S = 0.002


class Served:
    """A server process, from its start to the end of the block."""

    def __init__(self, port: int, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.began = time.monotonic()
        self._command = " ".join(arguments)
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> "Served":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self, path: str) -> float:
        """Seconds from the start of the process to the first 200 at `path`."""
        while time.monotonic() - self.began < START_S:
            if self._process.poll() is not None:
                raise RuntimeError(f"`{self._command}` ended with {self._process.returncode}")
            try:
                if ask(self.port, "GET", path)[0] == 200:
                    return time.monotonic() - self.began
            except OSError:
                time.sleep(_ASK_EVERY_S)
        raise RuntimeError(f"`{self._command}` does not answer")

    @property
    def cpu_us(self) -> float:
        """Processor time spent so far."""
        threads = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1000

    @property
    def memory_kib(self) -> int:
        """Memory in use; pages shared with others count in part."""
        rollup = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def is_supported() -> bool:
    """Whether this system tells what is needed."""
    return Path("/proc/self/schedstat").exists() and Path("/proc/self/smaps_rollup").exists()


def ask(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """A small request with JSON in both directions."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read() or b"null")
    finally:
        connection.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def stopped_at_the_end(process: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    """Ends a helper process with the block."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait()

"""The addons of `examples/addons`, as an operator would load and configure them."""

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "examples" / "addons"

EXAMPLES: tuple[str, ...] = tuple(str(path) for path in sorted(FOLDER.glob("*.py")))
"""Their paths."""


@contextmanager
def all_of_them() -> Iterator[dict[str, Any]]:
    """What makes a world with every example at work, for clients who ask for what they get.

    At the end, after the world, those that write or call have done so.
    """
    with tempfile.TemporaryDirectory() as folder, _a_hook() as (url, heard):
        written, samples = Path(folder, "flows.jsonl"), Path(folder, "samples")
        samples.mkdir()
        options: dict[str, dict[str, Any]] = {
            "system_note": {"notes": {"somebody else": "Be brief."}},
            "cheap_side_requests": {"model": "gemini-3-flash", "most_tokens": 0},
            "answer_cache": {"entries": 100},
            "flows_to_jsonl": {"file": str(written)},
            "sample_prompts": {"folder": str(samples), "share": 1.0},
            "pool_webhook": {"url": url},
        }
        yield {"addons": EXAMPLES, "addon_options": options}
        flows = [json.loads(line) for line in written.read_text().splitlines()]
        assert any(flow["outcome"] == "ok" for flow in flows), "flows were written down"
        assert list(samples.iterdir()), "prompts were sampled"
        assert heard[0]["pool"] == "usable", "the webhook was called for the first account"


@contextmanager
def _a_hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address that takes news, and what it has heard."""
    heard: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", heard
        finally:
            server.shutdown()
            thread.join()

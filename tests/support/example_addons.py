"""The addons of `examples/addons`, as an operator would load and configure them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "examples" / "addons"

EXAMPLES: tuple[str, ...] = tuple(str(path) for path in sorted(FOLDER.glob("*.py")))
"""Their paths."""


@contextmanager
def all_of_them() -> Iterator[dict[str, Any]]:
    """What makes a world with every example at work, for clients who ask for what they get."""
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, dict[str, Any]] = {
            "system_note": {"notes": {"somebody else": "Be brief."}},
            "cheap_side_requests": {"model": "gemini-3-flash", "most_tokens": 0},
            "answer_cache": {"entries": 100},
            "flows_to_jsonl": {"file": f"{folder}/flows.jsonl"},
            "sample_prompts": {"folder": folder, "share": 1.0},
            "pool_webhook": {"url": ""},
        }
        yield {"addons": EXAMPLES, "addon_options": options}

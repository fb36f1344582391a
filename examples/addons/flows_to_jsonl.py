"""Writes a line of JSON for each finished request, for whatever reads such files.

[addons.flows_to_jsonl]
file = "/var/log/gateway/flows.jsonl"
"""

import asyncio
import json
from pathlib import Path

from app.addon import Addon, Flow, Struct


class Options(Struct):
    file: str = ""


class FlowsToJsonl(Addon):
    name = "flows_to_jsonl"
    options = Options

    def configure(self, options: Options) -> None:
        self._file = options.file

    @property
    def active(self) -> bool:
        return bool(self._file)

    async def flow_closed(self, flow: Flow) -> None:
        row = {
            "id": flow.id,
            "created": flow.created,
            "key": flow.caller.name if flow.caller else None,
            "dialect": flow.dialect.name,
            "model": flow.profile.id if flow.profile else None,
            "outcome": flow.outcome,
            "error": flow.error.code if flow.error else None,
            "attempts": len(flow.attempts),
            "prompt_tokens": flow.usage.prompt,
            "output_tokens": flow.usage.output,
            "seconds": round(flow.marks.closed - flow.marks.opened, 3),
        }
        await asyncio.to_thread(self._write, json.dumps(row))

    def _write(self, line: str) -> None:
        with Path(self._file).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


addons = [FlowsToJsonl()]

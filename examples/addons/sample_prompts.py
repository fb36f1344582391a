"""Keeps a share of the prompts and what they were answered with, for evaluation.

[addons.sample_prompts]
folder = "/var/lib/gateway/samples"
share = 0.01
"""

import asyncio
import random
from pathlib import Path

import msgspec

from app.addon import Addon, Collector, Event, Flow, Struct


class Options(Struct):
    folder: str = ""
    share: float = 0.01


class SamplePrompts(Addon):
    name = "sample_prompts"
    options = Options

    def configure(self, options: Options) -> None:
        self._folder, self._share = options.folder, options.share

    @property
    def active(self) -> bool:
        return bool(self._folder)

    async def prompt_read(self, flow: Flow) -> None:
        if flow.endpoint.operation == "generate" and random.random() < self._share:  # noqa: S311 - no secret
            flow.memo[self.name] = Collector()

    def event(self, flow: Flow, event: Event) -> Event:
        if heard := flow.memo.get(self.name):
            heard.feed(event)
        return event

    async def flow_closed(self, flow: Flow) -> None:
        if flow.outcome == "ok" and (heard := flow.memo.get(self.name)):
            await asyncio.to_thread(self._write, flow, heard)

    def _write(self, flow: Flow, heard: Collector) -> None:
        sample = {"prompt": flow.prompt, "pieces": [msgspec.to_builtins(p) for p in heard.answer().pieces]}
        (Path(self._folder) / f"{flow.id}.json").write_bytes(msgspec.json.encode(sample))


addons = [SamplePrompts()]

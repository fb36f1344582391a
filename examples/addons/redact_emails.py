"""Takes e-mail addresses out of prompts before they leave the house, tool results included.

A crash in here stops the request: an address that was not looked at does not get through.
"""

import re

from app.addon import Addon, Flow, Part, Text, ToolResult, replace

ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


def clean(text: str) -> str:
    return ADDRESS.sub("[address]", text)


def cleaned(part: Part) -> Part:
    match part:
        case Text():
            return replace(part, text=clean(part.text))
        case ToolResult():
            inner = tuple(replace(p, text=clean(p.text)) if isinstance(p, Text) else p for p in part.parts)
            return replace(part, parts=inner)
        case _:
            return part


class RedactEmails(Addon):
    name = "redact_emails"
    before = ("answer_cache", "sample_prompts")

    async def prompt_read(self, flow: Flow) -> None:
        asked = flow.asked
        turns = tuple(replace(turn, parts=tuple(map(cleaned, turn.parts))) for turn in asked.turns)
        system = tuple(map(clean, asked.system))
        if (turns, system) != (asked.turns, asked.system):
            flow.prompt = replace(asked, turns=turns, system=system)
            flow.note("addresses-redacted")


addons = [RedactEmails()]

"""Adds a note to the system prompt, another one for each client key.

[addons.system_note]
notes = { "laptop" = "Answer in one paragraph.", "*" = "Be kind." }
"""

from app.addon import Addon, Flow, Struct, replace


class Options(Struct):
    notes: dict[str, str] = {}
    """Name of a key to the note; `*` is for all others."""


class SystemNote(Addon):
    name = "system_note"
    options = Options

    def configure(self, options: Options) -> None:
        self._notes = options.notes

    @property
    def active(self) -> bool:
        return bool(self._notes)

    async def prompt_read(self, flow: Flow) -> None:
        note = self._notes.get(flow.known_caller.name, self._notes.get("*"))
        if note:
            flow.prompt = replace(flow.asked, system=(note, *flow.asked.system))


addons = [SystemNote()]

"""Routes small side requests, such as a title for a conversation, to a cheaper model.

Coding agents send many of them: no tools, little to read, little to write.

    [addons.cheap_side_requests]
    model = "gemini-3-flash"
"""

from app.addon import Addon, Flow, Struct, Text, replace


class Options(Struct):
    model: str = ""
    """The cheaper model; empty leaves every request alone."""

    most_characters: int = 4000
    most_tokens: int = 1024


class CheapSideRequests(Addon):
    name = "cheap_side_requests"
    options = Options

    def configure(self, options: Options) -> None:
        self._options = options

    @property
    def active(self) -> bool:
        return bool(self._options.model)

    async def prompt_read(self, flow: Flow) -> None:
        asked, most = flow.asked, self._options
        limit = asked.sampling.max_tokens
        if asked.tools or limit is None or limit > most.most_tokens:
            return
        parts = [part for turn in asked.turns for part in turn.parts]
        if not all(isinstance(part, Text) for part in parts):
            return
        size = sum(map(len, asked.system)) + sum(len(part.text) for part in parts if isinstance(part, Text))
        if size <= most.most_characters:
            flow.prompt = replace(asked, model=most.model)
            flow.note("side-request", f"{asked.model} became {most.model}")


addons = [CheapSideRequests()]

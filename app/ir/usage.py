"""Token counts and their arithmetic."""

from msgspec import Struct


class Usage(Struct, frozen=True, gc=False):
    """Tokens of one answer. `prompt` contains `cached`; `output` contains `thoughts`.

    `known` is false as long as the upstream has said nothing; `estimated` marks numbers of our own.
    """

    prompt: int = 0
    cached: int = 0
    output: int = 0
    thoughts: int = 0
    searches: int = 0
    known: bool = False
    estimated: bool = False

    @property
    def total(self) -> int:
        """Prompt and output together."""
        return self.prompt + self.output

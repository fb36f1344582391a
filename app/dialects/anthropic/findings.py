"""What reading the messages turns up beside the turns themselves."""


class Findings:
    """Collected while the messages are read, in their order; used by one request.

    `called`: names that history calls, `names`: the last of them for every call id. `loaded`: deferred tools
    that are referenced, False once removed again.
    """

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.names: dict[str, str] = {}
        self.loaded: dict[str, bool] = {}
        self.notes: list[str] = []

    def note(self, word: str) -> None:
        """Add a remark, once."""
        if word not in self.notes:
            self.notes.append(word)

    def load(self, name: str) -> None:
        """A reference makes a deferred tool known to the model."""
        self.loaded[name] = True

    def unload(self, name: str) -> None:
        """A removal takes it back, until the next reference."""
        self.loaded[name] = False

"""What the server counts, for whoever shows metrics.

Never: an exposition format, or a lock; everything happens on one event loop.
"""


class Tally:
    """Numbers of one server since it started; `connections` is the number open now."""

    __slots__ = ("abused", "connections", "refused", "stalled")

    def __init__(self) -> None:
        self.connections = 0
        self.refused = 0  # over a limit of connections, of all or of one source, or while draining
        self.stalled = 0  # cut off because they stopped reading
        self.abused = 0  # cut off because of what they sent

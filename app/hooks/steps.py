"""Awaits a hook and notices when it cancels the very task it runs in.

From outside, that looks like a client that has left. But between two waits of a hook nobody else runs: a
cancellation that is asked for then was asked for by the hook. Never: keeps a cancellation of somebody else.
"""

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any


class Steps:
    """`await Steps(hook(flow))` is `await hook(flow)`; a hook that cancels itself is stopped there."""

    def __init__(self, call: Awaitable[None]) -> None:
        self._steps = call.__await__()
        self._waiting: Any = None
        self._is_begun = False
        self.cancelled_itself = False

    def begin(self) -> bool:
        """Go on to the first wait, at once; whether the hook has ended without any. `await` does the rest."""
        self._is_begun = True
        return self._step(None)

    def __await__(self) -> Generator[Any, None, None]:
        is_over = not self._is_begun and self.begin()
        while not is_over:
            thrown: BaseException | None = None
            try:
                yield self._waiting
            except BaseException as exc:  # noqa: BLE001 - whatever comes is the hook's to see first
                thrown = exc
            try:
                is_over = self._step(thrown)
            finally:
                thrown = None  # or it would keep this frame, which keeps it

    def _step(self, thrown: BaseException | None) -> bool:
        """Go on to the next wait; whether that was the end."""
        task = asyncio.current_task()
        assert task is not None, "hooks are called in tasks"
        before = task.cancelling()
        try:
            self._waiting = self._steps.send(None) if thrown is None else self._steps.throw(thrown)
        except StopIteration:
            return True
        finally:
            self.cancelled_itself |= task.cancelling() > before
            thrown = None
        if self.cancelled_itself:
            self._steps.close()
        return self.cancelled_itself

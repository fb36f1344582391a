"""The event loop of the process, and a garbage collector that suits many open streams.

Never: anything that runs on them.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

try:
    import uvloop
except ImportError:  # an extra; there is none for Windows and PyPy
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    new_event_loop = uvloop.new_event_loop


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on uvloop where it is installed, on asyncio's own loop otherwise."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main)


def tune_gc() -> None:
    """To be called once the process has started.

    What start-up made lives as long as the process: it is not looked at again. The young generation is
    collected more rarely, because each of a thousand streams holds objects that only look like garbage.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)

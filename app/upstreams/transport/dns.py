"""Names to addresses, without the event loop's shared threads.

Lookups of the same name are shared, and every lookup has a daemon thread of its own: a resolver that hangs
for half a minute takes neither the default executor, where other work waits, nor the end of the process.
Never: caching beyond the lookup, or a decision whether an address is acceptable.
"""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence

Lookup = Callable[[str, int], Sequence[str]]
"""Blocking; from host and port to addresses in the order to try. Raises OSError (`socket.gaierror`)."""

MAX_LOOKUPS = 16


def system_lookup(host: str, port: int) -> Sequence[str]:
    """Ask the operating system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Resolver:
    """Resolves names; at most `MAX_LOOKUPS` different ones at a time, further ones are refused."""

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._running: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Addresses of `host`, at least one. Raises OSError. No time limit: that is the caller's.

        A caller that is cancelled leaves the lookup to the others that wait for it.
        """
        if is_literal(host):
            return (host,)
        answer = self._running.get((host, port))
        if answer is None:
            if len(self._running) >= MAX_LOOKUPS:
                raise socket.gaierror(socket.EAI_AGAIN, "too many names are being resolved")
            answer = self._start(host, port)
        return await asyncio.shield(answer)

    def _start(self, host: str, port: int) -> asyncio.Future[Sequence[str]]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()
        self._running[host, port] = answer

        def settle(found: Sequence[str], failure: OSError | None) -> None:
            del self._running[host, port]
            if failure is not None:
                answer.set_exception(failure)
                answer.exception()  # everybody who asked may have left; that is no reason to complain
            else:
                answer.set_result(found)

        def work() -> None:
            found: Sequence[str] = ()
            failure: OSError | None = None
            try:
                found = self._lookup(host, port)
                if not found:
                    failure = socket.gaierror(socket.EAI_NONAME, "no address")
            except OSError as exc:
                failure = exc
            except UnicodeError as exc:  # getaddrinfo encodes the name itself
                failure = socket.gaierror(socket.EAI_NONAME, str(exc))
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, found, failure)

        threading.Thread(target=work, name=f"resolve {host}", daemon=True).start()
        return answer


def is_literal(host: str) -> bool:
    """Whether `host` is an address already."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True

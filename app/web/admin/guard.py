"""Who asks: settled once for every admin route, whether it answers with JSON or with a page.

A program sends its token as `Authorization: Bearer`; a browser sends it as a cookie, and then whatever it
changes has to come from a page of ours. Source: threats.md S06, S07, S15.
Never: what an administrator may do.
"""

import hmac
import ipaddress
from urllib.parse import urlsplit

from quart import g, request

from app.admin.auth import Door, Peer
from app.admin.refusals import Refused
from app.settings.schema import Settings

COOKIE = "antigravity_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES = frozenset({"same-origin", "none"})


class Guard:
    """Lets requests of administrators through."""

    def __init__(self, settings: Settings, door: Door) -> None:
        server = settings.server
        self._hosts = frozenset(host.lower() for host in (*server.allowed_hosts, *_public_host(settings)))
        self._door = door

    def greet(self) -> None:
        """Note who knocks. Raises Refused for host names that are not ours."""
        g.peer = Peer(request.remote_addr or "", request.headers.get("user-agent", ""))
        g.session = None
        self._check_host(request.host)

    async def admit(self) -> None:
        """Note the session in `g.session`; None there is the password itself. Raises Refused."""
        self.greet()
        cookie = request.cookies.get(COOKIE)
        if cookie is not None and "authorization" not in request.headers:
            g.session = await self._door.admit_token(cookie)
            if request.method not in _SAFE_METHODS:
                await self._check_intent(g.session.id)
        else:
            g.session = await self._door.admit(request.headers.get("authorization", ""), g.peer)

    def check_origin(self) -> None:
        """Refuse what somebody else's page has sent. Browsers always tell one of the two on a form."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            is_own = site in _OWN_PAGES
        else:
            origin = urlsplit(request.headers.get("origin", ""))
            is_own = origin.netloc.lower() == request.host.lower() or origin.hostname in self._hosts
        if not is_own:
            raise Refused(403, "foreign_origin", "This change was not asked for from a page of the panel.")

    async def _check_intent(self, session: str) -> None:
        self.check_origin()
        sent = request.headers.get(CSRF_HEADER) or (await request.form).get(CSRF_FIELD, "")
        if not hmac.compare_digest(sent.encode(), self._door.csrf(session).encode()):
            raise Refused(403, "stale_page", "The page is too old. Load it again and repeat the change.")

    def _check_host(self, host: str) -> None:
        """Refuse names that somebody else's page may have pointed at us. Source: threats.md S07."""
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if name == "localhost" or name.endswith(".localhost") or name in self._hosts or _is_address(name):
            return
        raise Refused(
            403, "host_not_allowed", "Add this host name to ALLOWED_HOSTS to administer through it."
        )


def owner() -> str:
    """The session that asks; "" for the password itself."""
    return g.session.id if g.session is not None else ""


def actor() -> str:
    """Who asks, as the audit log names them: never a whole session id."""
    return (
        f"session {g.session.id[:6]} from {g.peer.address}"
        if g.session
        else f"password from {g.peer.address}"
    )


def _public_host(settings: Settings) -> tuple[str, ...]:
    name = urlsplit(settings.server.public_url or "").hostname
    return () if name is None else (name,)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

"""The frame around every page: language, theme, addresses, headers, the status strip.

A page is a template and its values. Everything that leaves is escaped, may load nothing from elsewhere and
runs no script but ours. Source: admin-ui.md 2.2, 3.2; threats.md S08, S09.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct
from quart import Response, g, request

from app import __version__
from app.admin.api.strip import strip
from app.admin.auth import Door
from app.gateway.parts import Gateway
from app.resources import folder
from app.web.panel.assets import Assets
from app.web.panel.formats import FILTERS, Zone, units_of, visible
from app.web.panel.words import LANGUAGES, Words, catalogues, preferred
from app.wire import json

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGES: Final = (
    *("overview", "accounts", "models", "keys", "requests", "usage"),
    *("playground", "jobs", "settings", "addons", "system"),
)
"""In the order of the navigation."""
_NOTICE: Final = "notice"
THEMES: Final = ("auto", "light", "dark")
_HEADERS: Final = {
    "content-security-policy": CSP,
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


class Notice(Struct, frozen=True):
    """A sentence above the page after something was done. `kind` is `done` or `failed`."""

    kind: str
    text: str


class Frame:
    """Renders pages."""

    def __init__(self, gateway: Gateway, door: Door) -> None:
        ui = folder("admin_ui")
        self.gateway = gateway
        self.assets = Assets(ui / "static")
        self._door = door
        self._words = catalogues(ui / "i18n")
        self._prefix = urlsplit(gateway.settings.server.public_url or "").path.rstrip("/")
        self._templates = Environment(
            loader=FileSystemLoader(ui / "templates"),
            autoescape=True,
            finalize=visible,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.filters = self._templates.filters
        self.filters.update(FILTERS)

    @property
    def cookie_path(self) -> str:
        """Where our cookies belong."""
        return f"{self._prefix}/admin"

    def url(self, path: str, **query: object) -> str:
        """An address within the panel, as the browser sees it. Values that are None or empty are left out."""
        asked = {name: value for name, value in query.items() if value not in (None, "", False)}
        return f"{self._prefix}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def base_url(self) -> str:
        """The address that clients should use."""
        public = self.gateway.settings.server.public_url
        return public.rstrip("/") if public else f"{request.scheme}://{request.host}"

    def words(self) -> Words:
        """The sentences in the viewer's language."""
        chosen = request.cookies.get("language", "")
        code = chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))
        return self._words[code]

    def zone(self) -> Zone:
        """The viewer's time zone."""
        return Zone(request.cookies.get("zone", "UTC").replace("%2F", "/"))

    def page(self, template: str, area: str, /, status: int = 200, **values: object) -> Response:
        """A whole page of an area of the panel, for somebody who is signed in."""
        session = g.session.id if g.session is not None else ""
        signed_in = {
            "area": area,
            "pages": PAGES,
            "strip": strip(self.gateway),
            "csrf": self._door.csrf(session),
            "notice": _notice(),
        }
        response = self.bare(template, status, **signed_in, **values)
        if signed_in["notice"] is not None:
            response.delete_cookie(_NOTICE, path=self.cookie_path)
        return response

    def bare(self, template: str, status: int = 200, /, **values: object) -> Response:
        """A page without the frame of the signed-in."""
        body = self._templates.get_template(template).render(**self._common(), **values)
        return Response(body, status, _HEADERS, content_type="text/html; charset=utf-8")

    def to(self, path: str, notice: Notice | None = None, **query: object) -> Response:
        """Send the browser on to a page, with a word about what was done."""
        response = Response("", 303, {"location": self.url(path, **query)})
        if notice is not None:
            self.set_cookie(response, _NOTICE, _carried(notice), max_age_s=60, hidden=True)
        return response

    def set_cookie(
        self, response: Response, name: str, value: str, *, max_age_s: float, hidden: bool = False
    ) -> None:
        """Set a cookie of the panel; `hidden` from scripts. Marked secure where the connection is."""
        response.set_cookie(
            name,
            value,
            max_age=int(max_age_s),
            path=self.cookie_path,
            httponly=hidden,
            secure=request.scheme == "https",
            samesite="Lax",
        )

    def came_from(self) -> str:
        """The page of ours that the request was sent from, "" when it is not known."""
        parts = urlsplit(request.headers.get("referer", ""))
        path = parts.path.removeprefix(self._prefix)
        return f"{path}?{parts.query}".rstrip("?") if parts.netloc == request.host and is_inside(path) else ""

    def _common(self) -> Mapping[str, object]:
        words = self.words()
        theme = request.cookies.get("theme", "")
        return {
            "t": words,
            "language": words.language,
            "languages": LANGUAGES,
            "theme": theme if theme in THEMES else "auto",
            "themes": THEMES,
            "units_of": units_of,
            "url": self.url,
            "asset": lambda name: self._prefix + self.assets.address(name),
            "zone": self.zone(),
            "now": self.gateway.clock.now(),
            "version": __version__,
            "base_url": self.base_url(),
            "here": request.full_path.rstrip("?"),
        }


def is_inside(path: str) -> bool:
    """Whether a path is a page of the panel: nobody is sent elsewhere."""
    return path.startswith("/admin/") and "\\" not in path and "//" not in path and path.isprintable()


def _carried(notice: Notice) -> str:
    return urlsafe_b64encode(json.encode(notice)).decode()


def _notice() -> Notice | None:
    """What the last change left for this page; a refresh of parts in between must not take it away."""
    if "x-live" in request.headers:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(request.cookies.get(_NOTICE, "")), type=Notice)
    except (ValueError, msgspec.MsgspecError):  # nothing, or nothing of ours
        return None

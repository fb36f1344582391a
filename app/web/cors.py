"""Whether web pages of other origins may call the client APIs: off unless the operator names origins.

Keys travel in headers and never in cookies, so no credentials are allowed for. Source: openai.md 1; the Fetch
standard, 3.2. Never: lets anybody in; a key is needed all the same.
"""

from collections.abc import Mapping, Sequence

from app.web.body import Message
from app.web.reply import Send, raw_headers

_REMEMBERED_S = "600"


class Cors:
    """The operator's choice. `*` among the origins stands for all of them."""

    def __init__(self, origins: Sequence[str] = ()) -> None:
        self._origins = frozenset(origins)

    def allowance(self, headers: Mapping[str, str]) -> dict[str, str]:
        """What any reply to a request with these headers carries."""
        if not self._origins or "origin" not in headers:
            return {}
        if "*" in self._origins:
            return {"access-control-allow-origin": "*", "access-control-expose-headers": "*"}
        if (origin := headers["origin"]) not in self._origins:
            return {"vary": "origin"}
        return {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "*",
            "vary": "origin",
        }

    def preflight(self, headers: Mapping[str, str], methods: str) -> dict[str, str]:
        """What the reply to a browser's question carries beside the `allowance`."""
        if "access-control-allow-origin" not in self.allowance(headers):
            return {}
        # `*` would leave out `authorization`, so what is asked for is said back.
        return {
            "access-control-allow-methods": methods,
            "access-control-allow-headers": headers.get("access-control-request-headers", "*"),
            "access-control-max-age": _REMEMBERED_S,
        }

    def on(self, headers: Mapping[str, str], send: Send) -> Send:
        """`send` with the allowance in the head of the reply."""
        more = raw_headers(self.allowance(headers))
        if not more:
            return send

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *more]
            await send(message)

        return sending

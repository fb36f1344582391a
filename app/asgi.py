"""`hypercorn app.asgi:app`: the gateway for whoever brings a server of their own.

Settings come from the environment alone. The gateway is opened and closed by the server's lifespan, so the
server must have one. The product's own command, `serve`, is what the guarantees about leaving and stalling
clients are tested with. Never: imports anything at a request.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import closing

from app.gateway.build import open_gateway
from app.hooks.errors import AddonRefused
from app.observe.logging import configure_logging
from app.settings.fields import secrets_of
from app.settings.load import SettingsError, load
from app.settings.places import data_folder
from app.settings.schema import Settings
from app.settings.secrets import complete
from app.store.errors import StoreError
from app.web.body import Message, Receive
from app.web.build import build_app
from app.web.reply import Send
from app.web.scope import Asgi


class EnvironmentApp:
    """An ASGI app that becomes a gateway when its lifespan starts."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._front: Asgi | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif self._front is None:
            raise RuntimeError("The gateway has not started: run a server that supports the ASGI lifespan.")
        else:
            await self._front(scope, receive, send)

    async def _live(self, scope: Message, receive: Receive, send: Send) -> None:
        """From the server's start to its end. What an operator can mend is told as a failed start."""
        try:
            settings = _settings(self._environ)
            observe = settings.observe
            logs = configure_logging(
                level=observe.log_level, form=observe.log_format, secrets=secrets_of(settings)
            )
            with closing(logs):
                async with open_gateway(settings) as gateway:
                    self._front = build_app(gateway)
                    await self._front(scope, receive, send)
        except (SettingsError, StoreError, AddonRefused) as exc:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(exc)})
        finally:
            self._front = None


def _settings(environ: Mapping[str, str]) -> Settings:
    settings = load(environ).settings
    completed = complete(settings, data_folder(settings))
    if completed.fresh_password is not None:
        sys.stderr.write(f"admin password, shown this once: {completed.fresh_password}\n")
    return completed.settings


app = EnvironmentApp(os.environ)

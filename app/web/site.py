"""The one Quart app: what is made for people and monitors, beside the dialects. Imported late."""

from quart import Quart

from app.gateway.parts import Gateway
from app.web.exposition import add_metrics
from app.web.home import add_home


def build_quart(gateway: Gateway) -> Quart:
    """Metrics and the home page; the panel joins here."""
    app = Quart("antigravity-proxy", static_folder=None)
    app.config["RESPONSE_TIMEOUT"] = None  # the default ends a stream after a minute, without a word
    app.config["BODY_TIMEOUT"] = gateway.settings.limits.body_timeout_s
    app.config["MAX_CONTENT_LENGTH"] = gateway.settings.limits.body_max_bytes
    add_metrics(app, gateway)
    add_home(app)
    return app

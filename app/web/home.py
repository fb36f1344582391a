"""The front door for people and probes, and a plain word for paths that lead nowhere."""

from quart import Quart, Response
from werkzeug.exceptions import HTTPException

from app import __version__
from app.wire import json


def add_home(app: Quart) -> None:
    """Register `/` and JSON in place of the framework's HTML error pages."""

    @app.get("/")
    async def home() -> Response:
        body = {"name": "antigravity-proxy", "version": __version__, "health": "/health/ready"}
        return Response(json.encode(body), content_type="application/json")

    @app.errorhandler(HTTPException)
    async def problem(error: HTTPException) -> Response:
        body = {"code": error.name.lower().replace(" ", "_"), "message": error.description, "where": None}
        return Response(json.encode(body), status=error.code or 500, content_type="application/json")

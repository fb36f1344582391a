"""The front door for people and probes, and a plain word for paths that lead nowhere."""

from quart import Quart, Response, request
from werkzeug.exceptions import HTTPException

from app import __version__
from app.wire import json


def add_home(app: Quart, prefix: str) -> None:
    """Register `/` and JSON in place of the framework's HTML error pages. `prefix` is a reverse proxy's."""

    @app.get("/")
    async def home() -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return Response("", 303, {"location": f"{prefix}/admin/"})
        body = {"name": "antigravity-proxy", "version": __version__, "health": "/health/ready"}
        return Response(json.encode(body), content_type="application/json")

    @app.errorhandler(HTTPException)
    async def problem(error: HTTPException) -> Response:
        body = {"code": error.name.lower().replace(" ", "_"), "message": error.description, "where": None}
        return Response(json.encode(body), status=error.code or 500, content_type="application/json")

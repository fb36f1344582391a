"""The page `docs/reference/admin-api.md`: every route of the admin API, made from its OpenAPI document."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

_HEAD = """\
# Admin API

JSON in and out; instants are epoch seconds. `GET /admin/api/openapi.json` describes every field; it is open
to everybody. All other routes want `Authorization: Bearer` with a session's token or, while
`ADMIN_PASSWORD_BEARER_COMPAT` is on, with the password. `POST /admin/api/session` takes the password and
gives a token. The host must be `localhost`, an address, or that of `PUBLIC_URL` or `ALLOWED_HOSTS`.

Errors are `{"code", "message", "where"}`; `where` is the field that is wrong. 429 has `retry-after`. Lists go
on with `cursor`: give back what `next` was. Mutations answer with the new state, removals with 204.

This page is made from that document.
"""
_PREFIX = "/admin/api/"


def admin_page(document: Mapping[str, Any]) -> str:
    """The page."""
    rows = [
        (path.removeprefix(_PREFIX).partition("/")[0].partition(".")[0], method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    subjects = groupby(sorted(rows, key=lambda row: row[:1]), key=lambda row: row[0])
    return _HEAD + "".join(_subject(subject, list(found)) for subject, found in subjects)


def _subject(subject: str, rows: list[tuple[str, str, str, Mapping[str, Any]]]) -> str:
    told = "".join(
        f"| `{method} {path}` | {operation.get('summary', '')} | {_takes(operation)} |\n"
        for _, method, path, operation in rows
    )
    return f"\n## {subject}\n\n| route | does | takes |\n| --- | --- | --- |\n{told}"


def _takes(operation: Mapping[str, Any]) -> str:
    """Names of what goes along: the body's shape, and what stands in the query."""
    body = operation.get("requestBody", {}).get("content", {})
    shapes = [kind["schema"].get("$ref", "").rpartition("/")[2] for kind in body.values()]
    query = [f"`{one['name']}`" for one in operation.get("parameters", ()) if one["in"] == "query"]
    return ", ".join([*(f"`{shape}`" for shape in shapes if shape), *query]) or "–"

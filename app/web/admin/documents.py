"""The OpenAPI document of the admin API, with every part that it points to.

The library leaves out the definitions of structs within structs (quart-schema 0.25), so request and answer
schemas are made here, from the same structs. Never: routes.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

import msgspec
from quart_schema.openapi import OpenAPIProvider
from quart_schema.validation import DataSource
from werkzeug.routing.rules import Rule

from app.admin.schemas.base import Problem

_TEMPLATE = "#/components/schemas/{name}"
_JSON = "application/json"
_PROBLEMS: Final = {
    "400": "What was sent is not right.",
    "401": "Nobody that the gateway knows.",
    "403": "Not from here: a foreign page or host name.",
    "404": "There is no such thing.",
    "405": "Another method is needed.",
    "409": "Not as things stand.",
    "413": "Larger than it may be.",
    "429": "Too many wrong passwords.",
    "502": "The upstream did not answer as it should.",
    "503": "The database, or what was asked of the upstream, is away.",
    "504": "The upstream did not answer in time.",
}
_DIALECT_ATTRIBUTE: Final = "answers_in_dialect"
_FILE_ATTRIBUTE: Final = "answers_with_file"
_CLASH_ATTRIBUTE: Final = "may_clash"
_UPSTREAM_ATTRIBUTE: Final = "asks_upstream"
View = TypeVar("View", bound=Callable[..., Any])


def answers_in_dialect(view: View) -> View:
    """Mark a view whose answers are those of a client API."""
    setattr(view, _DIALECT_ATTRIBUTE, True)
    return view


def answers_with_file(media_type: str) -> Callable[[View], View]:
    """Mark a view that answers with a file of that type."""

    def mark(view: View) -> View:
        setattr(view, _FILE_ATTRIBUTE, media_type)
        return view

    return mark


def may_clash(view: View) -> View:
    """Mark a view that may refuse as things stand: 409."""
    setattr(view, _CLASH_ATTRIBUTE, True)
    return view


def asks_upstream(view: View) -> View:
    """Mark a view that asks the upstream while somebody waits: 502, 504."""
    setattr(view, _UPSTREAM_ATTRIBUTE, True)
    return view


class AdminDocuments(OpenAPIProvider):
    """Describes what lies under `/admin/api`."""

    def generate_rules(self) -> Iterable[Rule]:
        """The rules of the API alone, in the order of their paths."""
        rules = (rule for rule in super().generate_rules() if rule.rule.startswith("/admin/api/"))
        return sorted(rules, key=lambda rule: str(rule.rule))

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """As the library does, and with the answers that tell what went wrong."""
        paths, components = super().build_paths(rule)
        _, problems = _schema(Problem)
        view = self._app.view_functions[rule.endpoint]
        media_type = getattr(view, _FILE_ATTRIBUTE, None)
        for operations in paths.values():
            for operation in operations.values():
                told = {str(status): answer for status, answer in operation["responses"].items()}
                failures = dict(_problems(_statuses(view, rule, operation)))
                operation["responses"] = (
                    _in_dialect(failures)
                    if getattr(view, _DIALECT_ATTRIBUTE, False)
                    else {**(told or _unsaid(media_type)), **failures}
                )
        return paths, {**components, **problems}

    def build_querystring_parameters(self, model: type) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """As the library does, and with a word about which must be there."""
        parameters, components = super().build_querystring_parameters(model)
        needed = {field.encode_name for field in msgspec.structs.fields(model) if field.required}
        return [{**one, "required": one["name"] in needed} for one in parameters], components

    def build_request_body(self, model: type, source: DataSource) -> tuple[dict[str, Any], dict[str, Any]]:
        """A JSON body."""
        schema, components = _schema(model)
        return {"required": True, "content": {_JSON: {"schema": schema}}}, components

    def build_response_object(
        self, model: type, headers_model: type | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A JSON answer."""
        schema, components = _schema(model)
        return {
            "description": inspect.getdoc(model) or "",
            "content": {_JSON: {"schema": schema}},
        }, components


def _unsaid(media_type: str | None) -> dict[str, Any]:
    """The answer of a view that describes none: a file, or nothing."""
    if media_type is not None:
        return {"200": {"description": "A file.", "content": {media_type: {"schema": {"type": "string"}}}}}
    return {"204": {"description": "Done."}}


def _statuses(view: Callable[..., Any], rule: Rule, operation: dict[str, Any]) -> set[str]:
    """What may go wrong with an operation: what it does not read cannot be wrong, or too large."""
    has_body, is_about_one = "requestBody" in operation, bool(rule.arguments)
    possible = {"401", "403", "429", "503"}
    if has_body or operation.get("parameters"):
        possible |= {"400", "404"}
    if is_about_one:  # an id with a slash in it leads to another path
        possible.add("405")
    if has_body:
        possible.add("413")
    if getattr(view, _CLASH_ATTRIBUTE, False):
        possible.add("409")
    if getattr(view, _UPSTREAM_ATTRIBUTE, False):
        possible |= {"502", "504"}
    return possible


def _problems(statuses: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answers of those statuses."""
    schema, _ = _schema(Problem)
    for status in sorted(statuses):
        yield status, {"description": _PROBLEMS[status], "content": {_JSON: {"schema": schema}}}


def _in_dialect(failures: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Answers and failures of a client API; a failure of the admin API has the same statuses."""
    anything: dict[str, Any] = {_JSON: {"schema": {"type": "object"}}}
    answer = {"description": "The answer.", "content": {**anything, "text/event-stream": {"schema": {}}}}
    statuses = (*failures, "404", "422", "500", "502", "504", "529")
    told = {"description": "An error in the dialect's own words, or a problem.", "content": anything}
    return {"200": answer, **dict.fromkeys(sorted(set(statuses)), told)}


def _schema(model: type) -> tuple[dict[str, Any], dict[str, Any]]:
    (schema,), components = msgspec.json.schema_components([model], ref_template=_TEMPLATE)
    return schema, components

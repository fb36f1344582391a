"""The OpenAPI document of the admin API, with every part that it points to.

The library leaves out the definitions of structs within structs (quart-schema 0.25), so request and answer
schemas are made here, from the same structs. Never: routes.
"""

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec
from quart_schema.openapi import OpenAPIProvider
from quart_schema.validation import DataSource
from werkzeug.routing.rules import Rule

from app.admin.schemas import Problem

_TEMPLATE = "#/components/schemas/{name}"
_JSON = "application/json"


class AdminDocuments(OpenAPIProvider):
    """Describes what lies under `/admin/api`."""

    def generate_rules(self) -> Iterable[Rule]:
        """The rules of the API alone, in the order of their paths."""
        rules = (rule for rule in super().generate_rules() if rule.rule.startswith("/admin/api/"))
        return sorted(rules, key=lambda rule: str(rule.rule))

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """As the library does, and with the answer that tells what went wrong."""
        paths, components = super().build_paths(rule)
        schema, problems = _schema(Problem)
        problem = {"description": "What went wrong.", "content": {_JSON: {"schema": schema}}}
        for operations in paths.values():
            for operation in operations.values():
                # A view without an answer of its own answers with nothing.
                answers = operation["responses"] or {"204": {"description": "Done."}}
                told = {str(status): answer for status, answer in answers.items()}
                operation["responses"] = {**told, "default": problem}
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


def _schema(model: type) -> tuple[dict[str, Any], dict[str, Any]]:
    (schema,), components = msgspec.json.schema_components([model], ref_template=_TEMPLATE)
    return schema, components

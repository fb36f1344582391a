"""Check 11: tool declarations and their schemas. Source: upstream.md 5.7, 5.12."""

import re
from collections.abc import Iterator
from typing import Any

from app.simulator.case import Case
from app.simulator.wire import FunctionDeclaration

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
_CLAUDE_KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_NAME_RULE = (
    "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), "
    "underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64."
)
_DRAFT_RULE = (
    "JSON schema is invalid. It must match JSON Schema draft 2020-12 "
    "(https://json-schema.org/draft/2020-12). Learn more about tool use at https://docs.claude.com/en/docs/tool-use."
)


def check_tools(case: Case) -> None:
    """Refuse what cannot be offered to the model."""
    request = case.request
    declarations = request.declarations
    if case.model.makes_images and request.tools:
        case.refuse("Function calling is not enabled for this model.")
    if request.has_search:
        if declarations:
            case.refuse("Tool use with function calling is unsupported by the model.")
        if case.model.family != "gemini":
            case.refuse()
    seen: set[str] = set()
    for index, declared in enumerate(declarations):
        _check_declaration(case, index, declared)
        if declared.name in seen:
            case.refuse(f"Duplicate function declaration found: {declared.name}")
        seen.add(declared.name)
    _check_mode(case, seen)


def schema_problems(schema: dict[str, Any], where: str) -> Iterator[str]:
    """What is wrong with a schema that fits the message type, as the backend words it."""
    kind = str(schema.get("type", "")).upper()
    properties: dict[str, Any] | None = schema.get("properties")
    if schema.get("anyOf") and set(schema) - {"anyOf", "description", "nullable", "title"}:
        yield f"{where}: specified other fields alongside any_of"
    if properties == {} and kind == "OBJECT":
        yield f"{where}.properties: should be non-empty for OBJECT type"
    for index, name in enumerate(schema.get("required") or ()):
        if name not in (properties or {}):
            yield f"{where}.required[{index}]: property is not defined"
    if kind == "ARRAY" and "items" not in schema:
        yield f"{where}.items: missing field"
    yield from _value_problems(schema, kind, where)
    for name, child in (properties or {}).items():
        yield from schema_problems(child, f"{where}.properties[{name}]")
    if isinstance(schema.get("items"), dict):
        yield from schema_problems(schema["items"], f"{where}.items")
    for index, child in enumerate(schema.get("anyOf") or ()):
        yield from schema_problems(child, f"{where}.any_of[{index}]")


def _value_problems(schema: dict[str, Any], kind: str, where: str) -> Iterator[str]:
    members = schema.get("enum")
    if members is not None:
        if kind != "STRING":
            yield f"{where}.enum: only allowed for STRING type"
        for index, member in enumerate(members):
            if member == "":
                yield f"{where}.enum[{index}]: cannot be empty"
    form = schema.get("format")
    if kind == "STRING" and form is not None:
        if form not in {"enum", "date-time"}:
            yield f"{where}.format: only 'enum' and 'date-time' are supported for STRING type"
        if form == "enum" and not members:
            yield f"{where}.enum: should be non-empty for STRING type with enum format"


def _check_declaration(case: Case, index: int, declared: FunctionDeclaration) -> None:
    where = f"GenerateContentRequest.tools[0].function_declarations[{index}]"
    if not _NAME.fullmatch(declared.name):
        case.refuse(f"* {where}.name: {_NAME_RULE}\n")
    if declared.parameters is not None and declared.parameters_json_schema is not None:
        case.refuse(f"* {where}: parameters_json_schema must not be set when parameters is set.\n")
    if case.is_claude and declared.parameters is None and declared.parameters_json_schema is None:
        case.refuse_nested(f"tools.{index}.custom.input_schema: Field required")
    if declared.parameters is not None:
        _check_parameters(case, index, declared.parameters, where)


def _check_parameters(case: Case, index: int, schema: dict[str, Any], where: str) -> None:
    if str(schema.get("type", "")).upper() != "OBJECT":
        case.refuse(f"* {where}.parameters: parameters schema should be of type OBJECT\n")
    problems = list(schema_problems(schema, f"{where}.parameters"))
    if problems:
        case.refuse("".join(f"* {problem}\n" for problem in problems))
    if case.is_claude:
        _check_for_claude(case, index, schema)


def _check_for_claude(case: Case, index: int, schema: dict[str, Any]) -> None:
    for node in _nodes(schema):
        kind = node.get("type")
        if isinstance(kind, str) and kind != kind.lower():
            case.refuse_nested(f"tools.{index}.custom.input_schema: {_DRAFT_RULE}")
        for name in node.get("properties") or ():
            if not _CLAUDE_KEY.fullmatch(name):
                rule = "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"
                case.refuse_nested(f"tools.{index}.custom.input_schema.properties: {rule}")


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    children = [*(schema.get("properties") or {}).values(), *(schema.get("anyOf") or ())]
    if isinstance(schema.get("items"), dict):
        children.append(schema["items"])
    for child in children:
        yield from _nodes(child)


def _check_mode(case: Case, names: set[str]) -> None:
    config = case.request.tool_config.function_calling_config
    if config.mode == "ANY" and not names:
        case.refuse("Function calling config is set without function_declarations.")
    if config.allowed_function_names:
        if config.mode not in {"ANY", "VALIDATED"}:
            case.refuse("Function calling mode must be ANY when allowed_function_names is set.")
        if not set(config.allowed_function_names) <= names:
            case.refuse("allowed_function_names should be a subset of the function declarations.")

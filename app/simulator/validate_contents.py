"""Check 10: turns, roles and parts. Source: upstream.md 5.2, 5.3, 5.5."""

from app.simulator.case import Case
from app.simulator.errors import Refused, json_error, proto_400
from app.simulator.wire import Content, Part

_ROLES = frozenset({"user", "model"})


def check_contents(case: Case) -> None:
    """Refuse turns that are empty, of unknown roles, or whose parts hold not exactly one thing."""
    if not case.contents:
        case.refuse()
    _check_system(case)
    for index, content in enumerate(case.contents):
        _check_turn(case, index, content)
    if case.model.family == "gemini" and case.contents[0].role != "user":
        case.refuse("Please ensure that multiturn requests start with a user turn.")


def _check_system(case: Case) -> None:
    system = case.request.system_instruction
    if system is None:
        return
    if case.model.makes_images:
        case.refuse("Developer instruction is not enabled for this model.")
    if not system.parts or any(part.text is None for part in system.parts):
        case.refuse()
    if case.is_claude and any(not part.text for part in system.parts):
        case.refuse_nested("system: text content blocks must be non-empty")


def _check_turn(case: Case, index: int, content: Content) -> None:
    if content.role not in _ROLES:
        case.refuse("Please use a valid role: user, model.")
    if not content.parts:
        case.refuse(f"* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty.\n")
    for position, part in enumerate(content.parts):
        _check_data(case, index, position, part)
        _check_media(case, part)
        if case.is_claude and part.text is not None and not part.thought:
            _check_claude_text(case, part.text)


def _check_data(case: Case, index: int, position: int, part: Part) -> None:
    count = part.data_members
    if count == 0:
        if case.is_claude and part.thought:
            raise Refused(json_error(500, "Unknown Error.", "UNKNOWN"), why="a thought part without `text`")
        where = f"GenerateContentRequest.contents[{index}].parts[{position}].data"
        case.refuse(f"* {where}: required oneof field 'data' must have one initialized field\n")
    if count > 1:
        path = f"request.contents[{index}].parts[{position}]"
        text = f"Invalid value at '{path}' (oneof), oneof field 'data' is already set."
        raise Refused(proto_400([(path, text)]), why=text)


def _check_media(case: Case, part: Part) -> None:
    media = part.inline_data or part.file_data
    if media is None:
        return
    if not media.mime_type:
        case.refuse()
    if not (case.model.takes_media or case.model.makes_images):
        case.refuse()
    if part.file_data is not None and case.model.family != "gemini":
        case.refuse()


def _check_claude_text(case: Case, text: str) -> None:
    if not text:
        case.refuse_nested("messages: text content blocks must be non-empty")
    if not text.strip():
        case.refuse_nested("messages: text content blocks must contain non-whitespace text")

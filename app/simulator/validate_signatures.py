"""Check 13: thought signatures, by the rules of each family. Source: upstream.md 5.6, 9.5."""

from app.simulator.case import Case, has_calls, loop_start
from app.simulator.errors import ErrorReply, Refused
from app.simulator.render import pretty_json
from app.simulator.signatures import SENTINELS
from app.simulator.wire import Content, Part

_MISSING = (
    "Function call is missing a thought_signature in functionCall parts. This is required for tools to work "
    "correctly, and missing thought_signature may lead to degraded model performance. Additional data, "
    "function call `default_api:{name}` , position {position}. Please refer to "
    "https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
)
_CORRUPTED = "Corrupted thought signature."
_VERTEX_TEXT = (
    "Unable to submit request because Thought signature is not valid.. Learn more: "
    "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
)


def check_signatures(case: Case) -> None:
    """Refuse what is missing, broken or of another family."""
    if case.strictness == "off":
        return
    if case.model.family == "claude":
        _check_claude(case)
    elif case.model.family == "gemini":
        _check_gemini(case)


def _check_claude(case: Case) -> None:
    for index, content in enumerate(case.contents):
        for position, part in enumerate(content.parts):
            if part.thought:
                _check_claude_thought(case, index, position, part)


def _check_claude_thought(case: Case, index: int, position: int, part: Part) -> None:
    where = f"messages.{index}.content.{position}"
    if not part.text:
        case.refuse_nested(f"{where}.thinking.thinking: Field required")
    if not part.thought_signature:
        case.refuse_nested(f"{where}.thinking.signature: Field required")
    if case.smith.check(part.thought_signature, "claude") != "ok":
        case.refuse_nested(f"{where}: Invalid `signature` in `thinking` block")


def _check_gemini(case: Case) -> None:
    for content in case.contents:
        for part in content.parts:
            if part.thought_signature:
                _check_gemini_signature(case, part)
    if case.model.needs_signature:
        for index in _groups(case):
            _check_group(case, index, case.contents[index])


def _check_gemini_signature(case: Case, part: Part) -> None:
    signature = part.thought_signature or ""
    call = part.function_call
    if call is not None and signature in SENTINELS:
        return
    bound_to = (call.id or call.name) if call is not None and case.strictness == "bound" else None
    if case.smith.check(signature, "gemini", bound_to=bound_to) == "ok":
        return
    if case.corrupted_as_vertex:
        error = {"error": {"code": 400, "message": _VERTEX_TEXT, "status": "INVALID_ARGUMENT"}}
        raise Refused(ErrorReply(400, raw=pretty_json([error])), why=_VERTEX_TEXT)
    case.refuse(_CORRUPTED)


def _groups(case: Case) -> list[int]:
    """Positions of the call turns of the current loop that must be signed."""
    start = loop_start(case.contents)
    groups = [index for index in range(start, len(case.contents)) if has_calls(case.contents[index])]
    return groups if case.signatures_of_every_group else groups[-1:]


def _check_group(case: Case, index: int, content: Content) -> None:
    part = next(part for part in content.parts if part.function_call is not None)
    if not part.thought_signature and part.function_call is not None:
        case.refuse(_MISSING.format(name=part.function_call.name, position=index + 1))

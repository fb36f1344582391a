"""Check 12: calls and their results, order within turns, prefill, thinking first.

Source: upstream.md 5.4, 5.6.
"""

import re

from app.simulator.case import Case, has_calls, has_results, loop_start
from app.simulator.generate import is_thinking
from app.simulator.wire import Content, FunctionCall, FunctionResponse

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_COUNT_RULE = (
    "Please ensure that the number of function response parts is equal to the number of function call parts "
    "of the function call turn."
)
_CALL_PLACE = (
    "Please ensure that function call turn comes immediately after a user turn or after a function "
    "response turn."
)
_RESULT_PLACE = "Please ensure that function response turn comes immediately after a function call turn."
_PREFILL = (
    "This model does not support assistant message prefill. The conversation must end with a user message."
)
_THINKING_FIRST = (
    "When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding "
    "the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from "
    "previous turns. To avoid this requirement, disable `thinking`. Please consult our documentation at "
    "https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
)


def check_pairing(case: Case) -> None:
    """Refuse histories in which calls and results do not meet."""
    _check_names(case)
    if case.is_claude:
        _check_claude_turns(case)
    else:
        _check_turns(case)
    if case.contents[-1].role == "model" and not case.model.prefill:
        case.refuse_nested(_PREFILL)
    if case.is_claude and is_thinking(case.model, case.request):
        _check_thinking_first(case)


def _check_names(case: Case) -> None:
    for index, content in enumerate(case.contents):
        for position, part in enumerate(content.parts):
            where = f"* GenerateContentRequest.contents[{index}].parts[{position}]"
            if part.function_response is not None and not part.function_response.name:
                case.refuse(f"{where}.function_response.name: Name cannot be empty.\n")
            if part.function_call is not None and not part.function_call.name:
                case.refuse(f"{where}.function_call.name: Name cannot be empty.\n")


def _check_turns(case: Case) -> None:
    contents = case.contents
    for index, content in enumerate(contents):
        before = contents[index - 1] if index else None
        if has_results(content) and (before is None or not has_calls(before)):
            case.refuse(_RESULT_PLACE)
        if not has_calls(content):
            continue
        if content.role != "model" or before is None or before.role != "user":
            case.refuse(_CALL_PLACE)
        after = contents[index + 1] if index + 1 < len(contents) else None
        if after is None or len(_leading_results(after)) != len(_calls(content)):
            case.refuse(_COUNT_RULE)
        if len(_leading_results(after)) != len(_results(after)):
            case.refuse(_COUNT_RULE)


def _check_claude_turns(case: Case) -> None:
    for index, content in enumerate(case.contents):
        if content.role == "model":
            _check_claude_calls(case, index, content)
        _check_claude_results(case, index, content)


def _check_claude_calls(case: Case, index: int, content: Content) -> None:
    calls = _calls(content)
    for position, part in enumerate(content.parts):
        if part.function_call is not None:
            _check_claude_id(case, part.function_call.id, f"messages.{index}.content.{position}.tool_use.id")
    if not calls:
        return
    ids = [call.id for call in calls]
    if len(set(ids)) != len(ids):
        case.refuse_nested(f"messages.{index}.content: `tool_use` ids must be unique")
    after = case.contents[index + 1] if index + 1 < len(case.contents) else None
    answered = {result.id for result in _leading_results(after)} if after is not None else set()
    # The adapter cuts a turn at its first call, so that whatever follows a call parts it from its result.
    first = next(at for at, part in enumerate(content.parts) if part.function_call is not None)
    is_cut = any(part.function_call is None for part in content.parts[first:])
    missing = ids if is_cut else [made for made in ids if made not in answered]
    if missing:
        case.refuse_nested(
            f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in "
            "the next message."
        )


def _check_claude_results(case: Case, index: int, content: Content) -> None:
    before = case.contents[index - 1] if index else None
    known = {call.id for call in _calls(before)} if before is not None else set()
    seen: set[str] = set()
    for position, part in enumerate(content.parts):
        result = part.function_response
        if result is None:
            continue
        _check_claude_id(case, result.id, f"messages.{index}.content.{position}.tool_result.tool_use_id")
        if result.id not in known:
            case.refuse_nested(
                f"messages.{index}.content.{position}: unexpected `tool_use_id` found in `tool_result` "
                f"blocks: {result.id}. Each `tool_result` block must have a corresponding `tool_use` block "
                "in the previous message."
            )
        if result.id in seen:
            case.refuse_nested(
                f"messages.{index}.content.{position}: each tool_use must have a single result. "
                f"Found multiple `tool_result` blocks with id: {result.id}"
            )
        seen.add(result.id)


def _check_claude_id(case: Case, value: str, where: str) -> None:
    if not value:
        case.refuse_nested(f"{where}: Field required")
    if not _ID.fullmatch(value):
        case.refuse_nested(f"{where}: String should match pattern '^[a-zA-Z0-9_-]+$'")


def _check_thinking_first(case: Case) -> None:
    contents = case.contents
    is_final = contents[-1].role == "model"
    turns = [
        index
        for index in range(loop_start(contents), len(contents))
        if contents[index].role == "model"
        and (has_calls(contents[index]) or (is_final and index == len(contents) - 1))
    ]
    if not turns:
        return
    first = contents[turns[-1]].parts[0]
    if first.thought:
        return
    found = "tool_use" if first.function_call is not None else "text"
    case.refuse_nested(
        f"messages.{turns[-1]}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
        f"`{found}`. {_THINKING_FIRST}"
    )


def _calls(content: Content) -> list[FunctionCall]:
    return [part.function_call for part in content.parts if part.function_call is not None]


def _results(content: Content) -> list[FunctionResponse]:
    return [part.function_response for part in content.parts if part.function_response is not None]


def _leading_results(content: Content) -> list[FunctionResponse]:
    """The results that stand at the beginning of a turn; pictures of a result may follow it."""
    leading: list[FunctionResponse] = []
    for part in content.parts:
        if part.function_response is not None:
            leading.append(part.function_response)
        elif part.inline_data is None or not leading:
            break
    return leading

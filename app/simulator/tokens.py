"""The simulator's tokenizer: four bytes of UTF-8 are one token, a picture is 258.

Crude on purpose; what matters is that every count in an answer comes from the same rule.
"""

import json

from app.simulator.wire import Content, GenerateRequest, Part

BYTES_PER_TOKEN = 4
TOKENS_PER_MEDIUM = 258


def count_text(text: str) -> int:
    """Tokens of a text; none for an empty one."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def prompt_pieces(request: GenerateRequest) -> list[tuple[str, int]]:
    """The prompt as (text, tokens) in cache order: system, tools, then the parts of the turns."""
    pieces: list[tuple[str, int]] = []
    if request.system_instruction is not None:
        pieces.extend(_content_pieces(request.system_instruction))
    for declared in request.declarations:
        schema = declared.parameters or declared.parameters_json_schema
        text = f"{declared.name} {declared.description} {_json(schema)}"
        pieces.append((text, count_text(text)))
    for content in request.contents:
        pieces.extend(_content_pieces(content))
    return pieces


def count_prompt(request: GenerateRequest) -> int:
    """Tokens of everything that goes into the model; at least one."""
    return max(1, sum(size for _, size in prompt_pieces(request)))


def _content_pieces(content: Content) -> list[tuple[str, int]]:
    return [_part_piece(content.role, part) for part in content.parts]


def _part_piece(role: str, part: Part) -> tuple[str, int]:
    if part.text is not None:
        return f"{role}:{part.text}", count_text(part.text)
    if part.function_call is not None:
        text = f"{part.function_call.name} {_json(part.function_call.args)}"
        return f"{role}:{text}", count_text(text)
    if part.function_response is not None:
        answer = part.function_response
        text = f"{answer.name} {_json(answer.response)}"
        return f"{role}:{text}", count_text(text) + TOKENS_PER_MEDIUM * len(answer.parts)
    if part.inline_data is not None:
        return f"{role}:{part.inline_data.data[:64]}", TOKENS_PER_MEDIUM
    return f"{role}:", TOKENS_PER_MEDIUM


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

"""A whole answer to one message body: what the SDK accumulates from the stream of the same answer.

Source: anthropic.md 14. Never: events.
"""

from msgspec import Raw

from app.dialects.anthropic.reply import (
    Block,
    MessageOut,
    Tally,
    TextBlock,
    ThinkingBlock,
    ToolUseBlock,
    explanation_of,
    markdown_image,
    message_id,
    own_reason,
    stop_of,
    usage_of,
)
from app.dialects.anthropic.search import search_reply
from app.ids import Ids
from app.ir.answer import Answer, Piece
from app.ir.events import Extra
from app.ir.parts import Blob, Text, Thought, ToolCall
from app.ir.prompt import Prompt
from app.wire import json


def render(prompt: Prompt, answer: Answer, ids: Ids) -> bytes:
    """The body of a reply that does not stream. Raises EmptyAnswer where the answer has nothing to show."""
    tally, identity = Tally(), message_id(ids)
    blocks = _blocks(answer) if prompt.search is None else _searched(prompt, answer, tally, ids)
    tally.called = any(isinstance(block, ToolUseBlock) for block in blocks)
    tally.visible = any(not isinstance(block, ThinkingBlock) for block in blocks)
    reason = own_reason(answer.reason, answer.raw)
    explanation = explanation_of(reason, tally, answer.detail)
    if explanation:
        blocks.append(TextBlock(explanation))
    stop = stop_of(prompt, reason, tally, answer.detail)
    message = MessageOut(
        id=identity,
        model=prompt.model,
        content=blocks,
        stop_reason=stop.stop_reason,
        stop_sequence=stop.stop_sequence,
        stop_details=stop.stop_details,
        usage=usage_of(prompt, answer.usage, tally),
    )
    return json.encode(message)


def _blocks(answer: Answer) -> list[Block]:
    """Blocks in the order of the pieces; white space alone waits for text that follows at once."""
    blocks: list[Block] = []
    blank = ""
    for piece in answer.pieces:
        if isinstance(piece, Text | Blob):
            text = blank + _said(piece)
            blank = "" if text.strip() else text
            if not blank and text:
                blocks.append(TextBlock(text))
        elif (block := _other(piece)) is not None:
            blank = ""
            blocks.append(block)
    return blocks


def _searched(prompt: Prompt, answer: Answer, tally: Tally, ids: Ids) -> list[Block]:
    """The text with its sources comes last, as in a stream, where it waits for them."""
    assert prompt.search is not None
    blocks = [block for piece in answer.pieces if (block := _other(piece)) is not None]
    texts = (_said(piece) for piece in answer.pieces if isinstance(piece, Text | Blob))
    extras = [piece.raw for piece in answer.pieces if isinstance(piece, Extra) and piece.key == "grounding"]
    reply = search_reply("".join(texts), extras[-1] if extras else b"", prompt.search, ids)
    tally.searches = reply.searches
    return [*blocks, *reply.blocks]


def _said(piece: Text | Blob) -> str:
    return piece.text if isinstance(piece, Text) else markdown_image(piece.media_type, piece.data)


def _other(piece: Piece) -> Block | None:
    match piece:
        case Thought(text=text, signature=signature) if text or signature:
            return ThinkingBlock(text, signature or "")
        case ToolCall(id=call_id, name=name, args=args):
            return ToolUseBlock(call_id, name, Raw(args))
        case _:
            return None

import msgspec

from app.simulator.tokens import count_prompt, count_text, prompt_pieces
from app.simulator.wire import GenerateRequest


def test_four_bytes_are_a_token_and_nothing_is_none() -> None:
    """upstream.md 9.3, row 15."""
    assert [count_text(text) for text in ("", "a", "abcd", "abcde", "éé")] == [0, 1, 1, 2, 1]


def test_media_count_258_each_whatever_their_size() -> None:
    """upstream.md 9.4."""
    blob = {"inlineData": {"mimeType": "image/png", "data": "A" * 4000}}
    request = msgspec.convert({"contents": [{"role": "user", "parts": [blob, blob]}]}, GenerateRequest)

    assert count_prompt(request) == 516


def test_system_and_tools_come_first_in_cache_order() -> None:
    """upstream.md 3.5: a byte-stable prefix."""
    request = msgspec.convert(
        {
            "contents": [{"role": "user", "parts": [{"text": "hello"}]}],
            "systemInstruction": {"parts": [{"text": "be nice"}]},
            "tools": [{"functionDeclarations": [{"name": "f"}]}],
        },
        GenerateRequest,
    )

    assert [text.split()[0] for text, _ in prompt_pieces(request)] == [":be", "f", "user:hello"]

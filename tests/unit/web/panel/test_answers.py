"""A whole answer as the page shows it without scripts. Spec: admin-ui.md 2.3 (Playground)."""

import json

from app.web.panel.answers import shown


def test_both_dialects_give_text_thoughts_and_calls() -> None:
    call = {"function": {"name": "look", "arguments": '{"at": 1}'}}
    message = {"content": "Hi", "reasoning_content": "hm", "tool_calls": [call]}
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "Hi"},
        {"type": "tool_use", "name": "look", "input": {"at": 1}},
    ]
    openai = shown("req_1", 200, json.dumps({"choices": [{"message": message}]}).encode())
    anthropic = shown("req_1", 200, json.dumps({"content": blocks}).encode())

    assert (openai.text, openai.thoughts) == ('Hi\nlook({"at": 1})', "hm")
    assert (anthropic.text, anthropic.thoughts) == (openai.text, openai.thoughts)


def test_an_error_is_its_sentence_and_anything_else_as_it_came() -> None:
    error = shown("req_1", 404, b'{"type": "error", "error": {"message": "No such model."}}')
    odd = shown("req_1", 200, b'{"choices": [1, {"message": 2}], "content": "x", "error": 3}')
    stream = shown("req_1", 200, b"data: \xff\n\n")

    assert error.text == "No such model."
    assert odd.text == ""
    assert '"choices"' in odd.raw
    assert stream.raw == "data: \ufffd\n\n"

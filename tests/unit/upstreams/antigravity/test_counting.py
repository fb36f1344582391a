import msgspec

from app.upstreams.antigravity.counting import TokenCount, question
from tests.support.antigravity import FLASH

BODY = (
    b'{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":['
    b'{"thought":true,"text":"hm","thoughtSignature":"EgQ="},{"text":"yes"},{"thoughtSignature":"EgQ="}]}],'
    b'"systemInstruction":{"parts":[{"text":"be kind"}]},"tools":[{"functionDeclarations":[]}],'
    b'"toolConfig":{},"generationConfig":{"temperature":1}}'
)


def test_what_is_counted_is_the_prompt_without_settings_and_signatures() -> None:
    """upstream.md 3.8."""
    asked = question(BODY, FLASH)["request"]

    assert set(asked) == {"model", "contents", "systemInstruction", "tools"}
    assert asked["model"] == "models/gemini-3-flash"
    assert asked["contents"][1]["parts"] == [{"text": "hm"}, {"text": "yes"}]


def test_a_prompt_of_nothing_is_asked_about_too() -> None:
    assert question(b"{}", FLASH) == {"request": {"model": "models/gemini-3-flash", "contents": []}}


def test_zero_is_left_out_of_the_answer() -> None:
    assert msgspec.json.decode(b"{}", type=TokenCount).total_tokens == 0
    assert msgspec.json.decode(b'{"totalTokens":1234}', type=TokenCount).total_tokens == 1234

"""Token counts without an upstream."""

import base64

import pytest

from app.ir.estimate import estimate, text_tokens
from app.ir.parts import Blob, Link, Opaque, Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Prompt, ToolSpec, Turn, WebSearch


def said(*parts: Part) -> Prompt:
    return Prompt("a-model", (Turn("user", parts),))


def png(width: int, height: int) -> str:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return base64.b64encode(head + b"\xff\xfe\xfb").decode()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abcd", 1),
        ("abcde", 2),
        ("漢字", 2),
        ("漢字a", 3),
        ("é", 1),
        ("ééé", 2),
        ("한국", 2),
        ("😀", 1),
        ("я😀漢é漢a", 5),
        ("कख", 2),
    ],
)
def test_scripts_weigh_differently_and_items_are_rounded_up(text: str, tokens: int) -> None:
    """anthropic.md 18."""
    assert text_tokens(text) == tokens


def test_a_turn_costs_four_beside_its_text() -> None:
    """anthropic.md 18."""
    assert estimate(said(Text("foo"))) == 1 + 4


def test_an_empty_prompt_counts_one() -> None:
    """anthropic.md 18: N is at least 1."""
    assert estimate(Prompt("a-model", ())) == 1


def test_system_text_counts() -> None:
    """anthropic.md 18."""
    assert estimate(Prompt("a-model", (), system=("12345678", "x"))) == 2 + 1


def test_a_tool_costs_eight_beside_its_words_and_its_schema_without_blanks() -> None:
    """anthropic.md 18: schemas count as compact JSON."""
    tool = ToolSpec("Bash", "Run it.", b'{ "type" :  "object" }')

    assert estimate(Prompt("a-model", (), tools=(tool,))) == 8 + 1 + 2 + 5
    assert estimate(Prompt("a-model", (), tools=(ToolSpec("Bash"),))) == 8 + 1


def test_web_search_counts_as_a_tool() -> None:
    """anthropic.md 18: adding a tool never lowers the count."""
    assert estimate(Prompt("a-model", (), search=WebSearch())) == 8


def test_thoughts_of_the_history_count_nothing() -> None:
    """anthropic.md 18."""
    assert estimate(said(Thought("a long thought", "sig"))) == 4


def test_calls_and_results_count_by_their_text() -> None:
    """anthropic.md 18."""
    assert estimate(said(ToolCall("a", "Bash", b'{"command": "ls"}'))) == 4 + 1 + 4
    assert estimate(said(ToolResult("a", "Bash", (Text("x" * 400),)))) == 4 + 100


def test_a_short_result_counts_as_much_as_the_one_that_repair_would_make_up() -> None:
    """anthropic.md 18: monotone, also when an interrupted call gets its result."""
    assert estimate(said(ToolResult("a", "Bash", ()))) == 4 + 16


@pytest.mark.parametrize(
    ("data", "tokens"),
    [
        (png(750, 1000), 1000),
        (png(10, 10), 85),
        (png(5000, 5000), 1600),
        (png(751, 1), 85),
        ("data:image/png;base64," + png(750, 200), 200),
        (png(750, 200).replace("+", "-").replace("/", "_").rstrip("="), 200),
        ("AAAA", 1000),
        ("A", 1000),
        ("=AAA", 1000),
        ("", 1000),
    ],
    ids=["area", "least", "most", "thin", "data url", "url-safe", "no picture", "short", "garbled", "empty"],
)
def test_a_picture_counts_by_its_area(data: str, tokens: int) -> None:
    """anthropic.md 18: base64 itself is never counted as text."""
    assert estimate(said(Blob("image/png", data))) == 4 + tokens


@pytest.mark.parametrize(("pages", "tokens"), [(0, 1500), (1, 1500), (3, 4500)])
def test_a_pdf_counts_by_its_pages(pages: int, tokens: int) -> None:
    """anthropic.md 18."""
    file = b"%PDF-1.7 /Type /Pages " + b"/Type /Page " * pages

    assert estimate(said(Blob("application/pdf", base64.b64encode(file).decode()))) == 4 + tokens


def test_other_files_count_a_fixed_number() -> None:
    """anthropic.md 18."""
    assert estimate(said(Link("https://example.com/a.png"))) == 4 + 1000


def test_opaque_parts_count_as_their_json_even_when_it_is_none() -> None:
    """anthropic.md 18."""
    assert estimate(said(Opaque("gemini", b'{"a": 1}'))) == 4 + 2
    assert estimate(said(Opaque("gemini", b"not json!"))) == 4 + 3

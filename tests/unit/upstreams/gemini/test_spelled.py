"""Parts that become text."""

from app.ir.parts import Text
from tests.support.gemini import DONE, answered, chunk


def test_code_results_and_files_by_address_become_text() -> None:
    """anthropic.md 12."""
    answer = answered(
        chunk(
            {"executableCode": {"language": "PYTHON", "code": "print(1)\n"}},
            {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}},
            {"fileData": {"mimeType": "text/plain", "fileUri": "https://example.invalid/a"}},
        ),
        DONE,
    )

    assert answer.pieces == (Text("```python\nprint(1)\n```\n```\n1\n```\nhttps://example.invalid/a"),)


def test_what_says_nothing_opens_no_block() -> None:
    """anthropic.md 12."""
    empty = chunk({"executableCode": {"code": ""}}, {"codeExecutionResult": {}}, {"fileData": {}})

    assert answered(empty, DONE).pieces == ()

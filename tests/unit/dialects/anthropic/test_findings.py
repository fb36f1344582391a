"""What reading the messages turns up."""

from app.dialects.anthropic.findings import Findings


def test_a_note_is_kept_once_and_in_order() -> None:
    """anthropic.md 2.3."""
    findings = Findings()

    for word in ("tools-dropped", "blocks-dropped", "tools-dropped"):
        findings.note(word)

    assert findings.notes == ["tools-dropped", "blocks-dropped"]


def test_the_last_word_about_a_deferred_tool_counts() -> None:
    """anthropic.md 6.5."""
    findings = Findings()

    findings.load("a")
    findings.load("b")
    findings.unload("a")

    assert findings.loaded == {"a": False, "b": True}

"""What callers must not read."""

import pytest

from app.upstreams.gemini.cleaning import MAX_MESSAGE, cleaned


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("ask anna.b+c@mail.example.com now", "ask [e-mail] now"),
        (
            "on resource '//x.googleapis.com/projects/zinc-cell-6bkmb/locations/global'",
            "on resource '[host]/projects/[project]/locations/global'",
        ),
        ("not used in project zinc-cell-6bkmb before", "not used in project [project] before"),
        ("project=zinc-cell-6bkmb", "project=[project]"),
        ("project number 123456789012", "project number [project]"),
        ("Please refer to https://example.com/a?b=c for more.", "Please refer to [link] for more."),
        ("daily-cloudcode-pa.sandbox.googleapis.com:443 is away", "[host] is away"),
        ("from 10.0.0.12:8080", "from [host]"),
        ("failed (req_vrtx_011CYiBK5uLAKyWtwdYmsgQa)", "failed"),
        ('failed, "request_id": "abc-def"', "failed"),
        ("token ya29.a0Af_x-y", "token [token]"),
        ("messages.1.content.0.type: in project settings", "messages.1.content.0.type: in project settings"),
        ("the project is fine", "the project is fine"),
    ],
)
def test_private_matters_are_taken_out(message: str, text: str) -> None:
    """openai.md 4.2, faults.md rule 19."""
    assert cleaned(message) == text


def test_messages_are_cut() -> None:
    """openai.md 4.2: at 2,000 characters."""
    assert len(cleaned("x" * 100_000)) == MAX_MESSAGE


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "unit",
    [" ", "\t", "a", "a.", "a@", "a-", "//", "request_id ", "req_", "project ", "project=", "1.", "https://"],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    """threats.md S37: patterns bound what they repeat."""
    for tail in ("", "x", "\0"):
        assert len(cleaned(unit * 100_000 + tail)) <= MAX_MESSAGE

"""Secrets that must not reach a log."""

import pytest

from app.observe.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("token ya29.a0AfH6SMB-x_y.z gone", "token ya29.*** gone"),
        ("refresh 1//0abc-DEF_ghi", "refresh 1//***"),
        ("key sk-ag-0123456789abcdef", "key sk-***"),
        ("Authorization: Bearer abc.def-ghi==", "Authorization: Bearer ***"),
        ("basic dXNlcjpwYXNz", "basic ***"),
        ("GOCSPX-abc_def", "GOCSPX-***"),
        ("AIzaSyA0123456789abcdefghij", "AIza***"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-nature", "jwt eyJ***"),
        ("GET /v1/x?key=abc&a=1&code=4/0A", "GET /v1/x?key=***&a=1&code=***"),
        ("postgres://user:word@db/x", "postgres://user:***@db/x"),
        ("from anna.smith+x@mail.example.test!", "from a***@mail.example.test!"),
        ("a task-sk-manager and 5//7", "a task-sk-manager and 5//7"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, clean: str) -> None:
    """threats.md S14; architecture.md 15."""
    assert Redactor().text(text) == clean


def test_known_secrets_are_taken_out_whatever_they_look_like() -> None:
    """threats.md S14: known values + patterns."""
    redactor = Redactor(["correct horse battery", "correct horse battery staple", "short"])

    assert redactor.text("it is correct horse battery staple, in short") == "it is ***, in short"


def test_fields_with_telling_names_are_hidden_at_any_depth() -> None:
    """threats.md S14."""
    fields = {"event": "x", "headers": [{"Authorization": "opaque", "a": 1}], "password": "", "Cookie": "c=1"}

    assert Redactor().event(fields) == {
        "event": "x",
        "headers": [{"Authorization": "***", "a": 1}],
        "password": "",
        "Cookie": "***",
    }


def test_objects_and_errors_are_searched_too() -> None:
    """threats.md S14."""

    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    fields = Redactor().event({"error": ValueError("Bearer abcdef"), "odd": Odd(), "deep": [[[[[[["x"]]]]]]]})

    assert fields["error"] == "ValueError: Bearer ***"
    assert "without a text form" in fields["odd"]
    assert "..." in repr(fields["deep"])


@pytest.mark.parametrize(
    "unit", ["a", "a@", "eyJ", "sk-", "a.", "Bearer ", "1//", "?key=", "://a:", "@a.", "eyJa."]
)
@pytest.mark.timeout(20)
def test_long_hostile_text_does_not_hang_the_redactor(unit: str) -> None:
    """threats.md S37: 100 KB on which a pattern that backtracks would never come to an end."""
    redacted = Redactor(["a known secret"]).text(unit * (100_000 // len(unit)))

    assert len(redacted) <= 100_000


def test_long_text_is_cut_and_says_so() -> None:
    """faults.md rule 13."""
    assert Redactor().text("x" * 9000).endswith("x... (9000 characters)")


@pytest.mark.parametrize("at", [7_985, 7_995, 8_000])
def test_a_known_secret_is_found_where_the_text_is_cut(at: int) -> None:
    """threats.md S14."""
    redacted = Redactor(["correct horse battery"]).text("." * at + "correct horse battery" + "." * 9_000)

    assert "co" not in redacted


def test_a_secret_in_place_of_a_name_is_hidden() -> None:
    """threats.md S14."""
    assert "abcdef" not in repr(Redactor().event({"by_key": {"sk-abcdefghij": 1}}))

from msgspec import structs

from app.ids import KeyId
from app.ir.parts import Blob
from app.pipeline.session import session_of
from tests.support.shaping import a_prompt, model, user

ANNA, BEN = KeyId("anna"), KeyId("ben")


def test_a_named_conversation_keeps_its_session_whatever_is_said() -> None:
    """anthropic.md 3.4, openai.md 16."""
    assert session_of(a_prompt(user("a")), ANNA) == session_of(a_prompt(user("b")), ANNA)


def test_without_a_name_the_first_words_of_the_user_decide() -> None:
    """anthropic.md 3.4 step 5: reminders are not the user's words."""
    anonymous = structs.replace(a_prompt(user("hello")), affinity=None)
    longer = structs.replace(
        a_prompt(user("<system-reminder>x</system-reminder>", "hello"), model("hi"), user("more")),
        affinity=None,
    )
    other = structs.replace(a_prompt(user("goodbye")), affinity=None)

    assert session_of(anonymous, ANNA) == session_of(longer, ANNA)
    assert session_of(anonymous, ANNA) != session_of(other, ANNA)


def test_sessions_of_different_keys_differ() -> None:
    assert session_of(a_prompt(user("a")), ANNA) != session_of(a_prompt(user("a")), BEN)


def test_a_prompt_without_words_has_a_session_too() -> None:
    wordless = structs.replace(a_prompt(model("hi"), user(Blob("image/png", "QUJD"))), affinity=None)

    assert len(session_of(wordless, ANNA)) == 32


def test_the_session_does_not_show_what_the_client_said() -> None:
    assert "conversation" not in session_of(a_prompt(user("a")), ANNA)

"""Web pages of other origins. Source: openai.md 1."""

from app.web.body import Message
from app.web.cors import Cors

PAGE = {"origin": "https://chat.example"}


def test_nothing_is_allowed_unless_the_operator_says_so() -> None:
    assert Cors().allowance(PAGE) == {}
    assert Cors().preflight(PAGE, "POST, OPTIONS") == {}


def test_a_program_that_is_no_web_page_sees_nothing_of_it() -> None:
    assert Cors(("*",)).allowance({}) == {}


def test_a_named_origin_is_allowed_and_others_are_not() -> None:
    cors = Cors(("https://chat.example",))

    assert cors.allowance(PAGE) == {
        "access-control-allow-origin": "https://chat.example",
        "access-control-expose-headers": "*",
        "vary": "origin",
    }
    assert cors.allowance({"origin": "https://other.example"}) == {"vary": "origin"}
    assert cors.preflight({"origin": "https://other.example"}, "POST") == {}


def test_a_star_allows_all() -> None:
    assert Cors(("*",)).allowance(PAGE)["access-control-allow-origin"] == "*"


def test_a_preflight_allows_the_headers_that_are_asked_for() -> None:
    asked = {**PAGE, "access-control-request-headers": "authorization,content-type"}

    assert Cors(("*",)).preflight(asked, "POST, OPTIONS") == {
        "access-control-allow-methods": "POST, OPTIONS",
        "access-control-allow-headers": "authorization,content-type",
        "access-control-max-age": "600",
    }
    assert Cors(("*",)).preflight(PAGE, "POST")["access-control-allow-headers"] == "*"


async def test_the_allowance_stands_in_the_head_of_the_reply() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    sending = Cors(("*",)).on(PAGE, send)
    await sending({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
    await sending({"type": "http.response.body", "body": b"x"})

    assert sent[0]["headers"][:2] == [(b"a", b"b"), (b"access-control-allow-origin", b"*")]
    assert sent[1] == {"type": "http.response.body", "body": b"x"}
    assert Cors().on(PAGE, send) is send

from app.ids import AccountId
from app.upstreams.antigravity import endpoints
from app.upstreams.base import Credential
from tests.support.antigravity import some_options

CREDENTIAL = Credential(AccountId("anna"), "access-1", "project-anna")


def test_every_call_carries_the_three_headers_that_matter_and_no_more() -> None:
    """upstream.md 3.1."""
    assert endpoints.headers(some_options(user_agent="client/1"), CREDENTIAL) == {
        "user-agent": "client/1",
        "authorization": "Bearer access-1",
        "content-type": "application/json",
        "accept-encoding": "gzip",
    }


def test_an_addon_may_add_headers_to_one_call() -> None:
    headers = endpoints.headers(some_options(), CREDENTIAL, (("x-trace", "1"),))

    assert headers["x-trace"] == "1"


def test_generations_are_always_asked_for_as_a_stream_of_events() -> None:
    """upstream.md 1.2, 3.7."""
    assert (
        endpoints.stream_url("https://daily.example/")
        == "https://daily.example/v1internal:streamGenerateContent?alt=sse"
    )


def test_small_calls_name_their_method_in_the_path() -> None:
    """upstream.md 1.2."""
    url = endpoints.control_url("https://prod.example/prod", "loadCodeAssist")

    assert url == "https://prod.example/prod/v1internal:loadCodeAssist"


def test_all_five_scopes_are_asked_for() -> None:
    """upstream.md 1.4."""
    assert len(endpoints.SCOPES) == 5

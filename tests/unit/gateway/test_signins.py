"""Sign-ins that are under way."""

import pytest

from app.errors import BadRequest, NotFound
from app.gateway.signins import LASTS_S, MOST_OPEN, SignIns
from app.upstreams.antigravity.oauth import SignIn
from tests.support.clock import ManualClock


class Played:
    """Plays the sign-in server: every code but `bad` is worth an account."""

    def __init__(self) -> None:
        self.exchanged: list[tuple[str, str, str]] = []

    def authorization_url(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        return f"https://accounts.example/agree?state={state}"

    async def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> SignIn:
        self.exchanged.append((code, redirect_uri, verifier))
        if code == "bad":
            raise BadRequest("The sign-in code is not valid.")
        return SignIn("access", 3599.0, "1//fresh")

    async def email(self, access_token: str) -> str | None:
        return "anna@example.test"


def some_sign_ins() -> tuple[SignIns, Played, ManualClock]:
    played, clock = Played(), ManualClock()
    return SignIns(played, clock), played, clock


async def test_each_sign_in_has_a_state_and_a_verifier_of_its_own() -> None:
    """threats.md S31."""
    sign_ins, played, _ = some_sign_ins()
    pages = [sign_ins.begin() for _ in range(2)]
    for page in pages:
        await sign_ins.finish(page.id, f"?code=c&state={page.state}")

    assert pages[0].state != pages[1].state
    assert played.exchanged[0][2] != played.exchanged[1][2]
    assert pages[0].state not in repr(pages[0])


async def test_a_wrong_paste_may_be_put_right_and_a_finished_one_is_over() -> None:
    sign_ins, played, _ = some_sign_ins()
    page = sign_ins.begin(redirect_uri="http://localhost:7/x")
    for wrong in ("", "?code=c&state=foreign"):
        with pytest.raises(BadRequest):
            await sign_ins.finish(page.id, wrong)
    assert sign_ins.is_under_way(page.id)

    signed_in = await sign_ins.finish(page.id, "the-code")

    assert (signed_in.email, signed_in.refresh_token) == ("anna@example.test", "1//fresh")
    assert "1//fresh" not in repr(signed_in)
    assert [one[:2] for one in played.exchanged] == [("the-code", "http://localhost:7/x")]
    with pytest.raises(NotFound):
        await sign_ins.finish(page.id, "the-code")


async def test_a_code_is_tried_once() -> None:
    """threats.md S31: single use."""
    sign_ins, _, _ = some_sign_ins()
    page = sign_ins.begin()
    with pytest.raises(BadRequest, match="not valid"):
        await sign_ins.finish(page.id, "bad")

    assert not sign_ins.is_under_way(page.id)


async def test_a_sign_in_is_somebodys_and_does_not_last() -> None:
    """threats.md S31: bound to the admin session, ten minutes."""
    sign_ins, _, clock = some_sign_ins()
    page = sign_ins.begin(owner="session-a")
    with pytest.raises(NotFound):
        await sign_ins.finish(page.id, "code", owner="session-b")

    clock.advance(LASTS_S)
    with pytest.raises(NotFound):
        await sign_ins.finish(page.id, "code", owner="session-a")


async def test_only_so_many_are_kept_open() -> None:
    sign_ins, _, _ = some_sign_ins()
    pages = [sign_ins.begin() for _ in range(MOST_OPEN + 1)]

    assert not sign_ins.is_under_way(pages[0].id)
    assert sign_ins.is_under_way(pages[-1].id)


async def test_a_page_that_was_begun_is_found_again_by_its_owner_alone() -> None:
    """admin-ui.md 2.10: a reload loses nothing; threats.md S31."""
    sign_ins, _, clock = some_sign_ins()
    page = sign_ins.begin(owner="session-a")

    assert sign_ins.page(page.id, owner="session-a") == page
    assert sign_ins.page(page.id, owner="session-b") is None
    clock.advance(LASTS_S)
    assert sign_ins.page(page.id, owner="session-a") is None

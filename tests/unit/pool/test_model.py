from app.ids import AccountId
from app.pool.model import Bucket, Lane
from tests.support.pool import a_want, an_account


def test_a_want_and_a_lane_meet_in_their_bucket() -> None:
    lane = Lane(AccountId("anna"), "gemini", "flash")

    assert lane.bucket == a_want(group="gemini", model="flash").bucket == Bucket("gemini", "flash")


def test_an_account_is_enabled_and_ready_unless_told_otherwise() -> None:
    account = an_account("anna")

    assert (account.enabled, account.state, account.models, account.version) == (True, "ready", None, 0)

import re
from random import Random

from app.simulator.accounts import Directory, make_account, numeric_id


def test_accounts_are_the_same_for_one_seed() -> None:
    """upstream.md 9.2."""
    assert make_account(1, 2) == make_account(1, 2)
    assert make_account(1, 2) != make_account(2, 2)


def test_projects_have_generated_names() -> None:
    """upstream.md 2.2."""
    assert re.fullmatch(r"[a-z]+-[a-z]+-[a-z0-9]{5}", make_account(1, 1).project)


def test_hundreds_of_accounts_have_addresses_of_their_own() -> None:
    """upstream.md 9.2: bulk creation."""
    accounts = [make_account(1, number) for number in range(1, 301)]

    assert len({account.email for account in accounts}) == 300
    assert len({account.refresh_token for account in accounts}) == 300
    assert len({numeric_id(account) for account in accounts}) == 300


def test_tokens_can_be_expired_for_one_or_for_all() -> None:
    """faults.md 5: a switch that expires tokens."""
    directory = Directory([make_account(1, 1), make_account(1, 2)])
    rng = Random(1)
    tokens = [
        directory.issue(account, rng, expires_at=100.0, scopes=frozenset()) for account in directory.accounts
    ]

    directory.expire_tokens("acc-1")

    assert [directory.tokens[token].expires_at for token in tokens] == [0.0, 100.0]
    directory.expire_tokens()
    assert {known.expires_at for known in directory.tokens.values()} == {0.0}

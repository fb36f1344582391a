import pytest

from app.catalog.catalog import Catalog


@pytest.mark.parametrize(
    ("name", "owner"),
    [("gemini-2.5-pro", "google"), ("claude-opus-4-6", "anthropic"), ("gpt-oss-120b", "openai")],
)
def test_a_profile_knows_who_made_the_model(name: str, owner: str) -> None:
    """openai.md 11."""
    assert Catalog().resolve(name).owner == owner

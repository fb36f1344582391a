"""Families of clients."""

import pytest

from app.addons.client_families import family_of


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("claude-cli/2.0.14 (external, cli)", "claude-code"),
        ("codex_cli_rs/0.46.0 (Mac OS 15.1; arm64)", "codex"),
        ("Cursor/1.7.33", "cursor"),
        ("OpenAI/Python 2.6.0", "openai-python"),
        ("AsyncOpenAI/Python 2.6.0", "openai-python"),
        ("Anthropic/Python 0.71.0", "anthropic-python"),
        ("Anthropic/JS 0.65.0", "anthropic-js"),
        ("curl/8.7.1", "curl"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "browser"),
        ("", "other"),
        ("<script>alert(1)</script>", "other"),
        ("x" * 5000 + "curl/8", "other"),
    ],
)
def test_a_client_belongs_to_the_family_that_it_names(agent: str, family: str) -> None:
    """admin-ui.md 2.3, Usage: group by client. Families are few, whatever clients say."""
    assert family_of(agent) == family

"""Sentences in two languages. Spec: admin-ui.md 2.7."""

import json
from pathlib import Path

import pytest

from app.web.panel.words import Words, catalogues, preferred


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    said = {
        "en": {
            "many": {"one": "{n} key of {who}", "other": "{n} keys of {who}"},
            "only": "Only here",
            "a": "A",
        },
        "zh": {"many": {"one": "{who} 的 {n} 个密钥", "other": "{who} 的 {n} 个密钥"}, "a": "甲"},
    }
    for language, entries in said.items():
        (tmp_path / language).mkdir()
        (tmp_path / language / "keys.json").write_text(json.dumps(entries), encoding="utf-8")
    return tmp_path


def test_a_sentence_counts_and_takes_values_in_its_own_order(folder: Path) -> None:
    english, chinese = catalogues(folder)["en"], catalogues(folder)["zh"]

    assert english("keys.many", n=1, who="{x}") == "1 key of {x}"
    assert english("keys.many", n=2, who="A") == "2 keys of A"
    assert chinese("keys.many", n=2, who="A") == "A 的 2 个密钥"


def test_what_a_language_lacks_is_said_in_english_and_what_nobody_wrote_is_an_error(folder: Path) -> None:
    chinese = catalogues(folder)["zh"]

    assert chinese("keys.only") == "Only here"
    assert chinese.either("keys.nothing", "as it came") == "as it came"
    with pytest.raises(KeyError):
        chinese("keys.nothing")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-TW,zh;q=0.9,en", "zh"), ("de,fr;q=0.5", "en"), ("", "en"), ("EN-us", "en"), (",;q=,", "en")],
)
def test_a_browser_is_answered_in_the_first_language_that_we_have(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def test_what_the_gateway_says_in_english_is_said_in_the_viewers_language_where_that_is_written() -> None:
    """Known by its first words; what nobody has written stays as it came."""
    words = Words("zh", {"said.the_password_is_wrong": "密码错误。"})

    assert words.said("The password is wrong. Try again.") == "密码错误。"
    assert words.said("{The} <b>upstream</b> said: no.") == "{The} <b>upstream</b> said: no."
    assert words.said("") == ""

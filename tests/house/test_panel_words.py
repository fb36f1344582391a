"""The panel's sentences, in both languages from the first template on. Spec: admin-ui.md 2.7."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec
import pytest

from app.settings.fields import fields_by_name

ROOT = Path(__file__).parents[2]
UI = ROOT / "admin_ui"
LANGUAGES = ("en", "zh")
AREAS = sorted(path.stem for path in (UI / "i18n" / "en").glob("*.json"))

LINE = re.compile(r'^  "([^"]+)":', re.MULTILINE)
CALLED = re.compile(r'\b(?:t|words|say)\(\s*"(?P<key>[a-z_]+\.[a-z0-9_]+)"\s*(?P<more>~)?')
WRITTEN = re.compile(r"""["'](?P<key>[a-z_]+\.[a-z0-9_]*)(?P<end>["']\s*~|["']|\{)""")


def entries(language: str, area: str) -> dict[str, Any]:
    text = (UI / "i18n" / language / f"{area}.json").read_bytes()
    return {f"{area}.{key}": entry for key, entry in msgspec.json.decode(text, type=dict[str, Any]).items()}


def known() -> dict[str, Any]:
    return {key: entry for area in AREAS for key, entry in entries("en", area).items()}


def sources() -> Iterator[tuple[Path, str]]:
    for path in (*(UI / "templates").rglob("*.html"), *(ROOT / "app" / "web" / "panel").rglob("*.py")):
        yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def forms(entry: Any) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def places(entry: Any) -> set[str]:
    return {name for text in forms(entry) for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_say_the_same(area: str) -> None:
    """The same keys, and the same values in each sentence."""
    english, chinese = (entries(language, area) for language in LANGUAGES)

    assert english.keys() == chinese.keys()
    assert {key for key in english if places(english[key]) != places(chinese[key])} == set()
    assert {key for key in english if type(english[key]) is not type(chinese[key])} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_there_twice(language: str) -> None:
    """The later one would silently stand for both."""
    twice = {
        f"{path.stem}.{key}"
        for path in (UI / "i18n" / language).glob("*.json")
        for key, count in Counter(LINE.findall(path.read_text(encoding="utf-8"))).items()
        if count > 1
    }
    assert twice == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_one_or_one_and_many(language: str) -> None:
    wrong = {
        key
        for area in AREAS
        for key, entry in entries(language, area).items()
        if not (isinstance(entry, str) or set(entry) == {"one", "other"})
        or not all(map(str.strip, forms(entry)))
    }
    assert wrong == set()


def test_every_catalogue_is_there_in_each_language() -> None:
    """What a setting is about stands in English with the setting itself."""
    there = {path.stem for path in (UI / "i18n" / "zh").glob("*.json")}

    assert there - {"about"} == set(AREAS)
    said = {key.partition(".")[2] for key in entries("zh", "about")} if "about" in there else set()
    assert said - set(fields_by_name()) == set()


def test_every_sentence_that_is_asked_for_is_there() -> None:
    keys = known()
    missing = []
    for path, text in sources():
        for found in CALLED.finditer(text):
            key = found["key"]
            is_there = any(each.startswith(key) for each in keys) if found["more"] else key in keys
            if not is_there:
                missing.append(f"{path}: {key}")
    assert missing == []


def test_no_sentence_is_left_over() -> None:
    """A key counts as used where it is written out, or where its beginning is and the rest is a value."""
    exact: set[str] = set()
    beginnings: set[str] = set()
    for _, text in sources():
        for found in WRITTEN.finditer(text):
            is_whole = found["end"] in {'"', "'"} and not found["key"].endswith((".", "_"))
            (exact if is_whole else beginnings).add(found["key"])

    assert [key for key in known() if key not in exact and not key.startswith(tuple(beginnings))] == []

"""The panel's sentences in the languages it speaks.

A catalogue is a folder per language with one JSON file per subject; `keys.title` is `title` in `keys.json`.
A sentence stands there whole, with `{name}` where a value goes, or once for one and once for many:
`{"one": "{n} account", "other": "{n} accounts"}`. Never: puts a sentence together from pieces.
"""

import re
from pathlib import Path
from typing import Final

import msgspec

LANGUAGES: Final = {"en": "English", "zh": "中文"}
DEFAULT: Final = "en"
_Entry = str | dict[str, str]
_WORD: Final = re.compile(r"[a-z0-9]+")
_FIRST_WORDS: Final = 8


class Words:
    """One language's sentences, the default language's where it has none."""

    def __init__(self, language: str, entries: dict[str, _Entry]) -> None:
        self.language = language
        self._entries = entries

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of that key with its values. Raises KeyError for a key that nobody wrote."""
        return _filled(self._entries[key], values)

    def either(self, key: str, otherwise: str, /, **values: object) -> str:
        """The sentence of that key, else `otherwise` as it is: for words that come from elsewhere."""
        entry = self._entries.get(key)
        return otherwise if entry is None else _filled(entry, values)

    def said(self, sentence: str) -> str:
        """A sentence that the gateway said in English, in this language where somebody has written it."""
        return self.either(f"said.{_beginning(sentence)}", sentence)


def catalogues(folder: Path) -> dict[str, Words]:
    """Every language's words, by its code."""
    default = _entries(folder / DEFAULT)
    return {language: Words(language, {**default, **_entries(folder / language)}) for language in LANGUAGES}


def preferred(accepted: str) -> str:
    """The language a browser asks for with `Accept-Language`, as far as we have it."""
    for part in accepted.split(",")[:20]:
        code = part.partition(";")[0].strip().lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return DEFAULT


def _entries(folder: Path) -> dict[str, _Entry]:
    return {
        f"{path.stem}.{key}": entry
        for path in sorted(folder.glob("*.json"))
        for key, entry in msgspec.json.decode(path.read_bytes(), type=dict[str, _Entry]).items()
    }


def _filled(entry: _Entry, values: dict[str, object]) -> str:
    if isinstance(entry, dict):
        entry = entry["one" if values.get("n") in (1, "1") else "other"]
    return entry.format_map(values) if values else entry


def _beginning(sentence: str) -> str:
    """The first words of a sentence, as a key."""
    return "_".join(_WORD.findall(sentence.partition(". ")[0].lower())[:_FIRST_WORDS])

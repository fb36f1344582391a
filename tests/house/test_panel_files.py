"""What files of the panel may hold. Spec: admin-ui.md 2.7, 3.1, 3.3; threats.md S08."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UI = ROOT / "admin_ui"
TEMPLATES = sorted((UI / "templates").rglob("*.html"))
VENDORED = UI / "static" / "vendor" / "VENDORED.md"
MOST_SCRIPT_LINES = 800

STATEMENTS = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)

FORBIDDEN = {
    "unescaped text": r"\|\s*safe\b|Markup\(|autoescape\s+false",
    "a style of its own": r"\sstyle\s*=|<style\b",
    "a script of its own": r"<script(?![^>]*\ssrc=)",
    "a handler": r"<[a-z][^<>]*\son[a-z]+\s*=",
    "what htmx would have to evaluate": r"hx-on|hx-vars|hx-vals=.js:|hx-trigger=[^>]*\[",
    "something from elsewhere": r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']https?:",
    "a page that may look back": r"<a(?=[^>]*_blank)(?![^>]*noopener noreferrer)[^>]*>",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.IGNORECASE)
    found = [
        f"{path.relative_to(UI)}: {match[0]}"
        for path in TEMPLATES
        for match in pattern.finditer(STATEMENTS.sub("", path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_our_scripts_stay_small_and_evaluate_nothing() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (UI / "static" / "js").glob("*.js")}

    assert sum(text.count("\n") for text in scripts.values()) < MOST_SCRIPT_LINES
    evaluating = re.compile(
        r"\beval\(|new Function|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write"
    )
    assert {name for name, text in scripts.items() if evaluating.search(text)} == set()
    assert {name for name, text in scripts.items() if re.search(r"https?://", text)} == set()


def test_vendored_files_are_those_that_are_listed() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in VENDORED.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| File")
    ]
    listed = {row[0]: row[5] for row in rows}
    there = {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (VENDORED.parent, ROOT / "tests" / "browser" / "vendor")
        for path in folder.iterdir()
        if path.suffix != ".md"
    }

    assert listed == there
    assert all(all(row) for row in rows)


GROUNDS = ("ground", "surface", "raised")
READ = [
    *((word, ground) for word in ("text", "muted", "accent", "ok", "warn", "bad") for ground in GROUNDS),
    *((word, f"{word}-ground") for word in ("ok", "warn", "bad")),
    ("on-accent", "accent"),
]


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_every_pair_of_colours_can_be_read(is_dark: bool) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text; 1.4.11: 3 to 1 for edges of controls and the mark of the focus."""
    text = (UI / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", text)
    colours = {name: dark if is_dark else light for name, light, dark in pairs}

    faint = {pair: ratio for pair in READ if (ratio := contrast(*(colours[one] for one in pair))) < 4.5}
    edges = [(edge, ground) for edge in ("line-strong", "focus") for ground in ("ground", "surface")]
    lost = {pair: ratio for pair in edges if (ratio := contrast(*(colours[one] for one in pair))) < 3}
    assert (faint, lost) == ({}, {})


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

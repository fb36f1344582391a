"""What the files of the project do not say."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "docs", "migrations", "tests")
SUFFIXES = frozenset({".py", ".md", ".toml", ".yaml", ".play", ".txt", ".json"})
LOCKS = ("uv.lock", "requirements.txt", "requirements-dev.txt")
PUBLIC = frozenset({"pypi.org", "files.pythonhosted.org"})

NOT_SAID = {
    "an issue's number": r"(?i)\bissue ?#\d",
    "work that is left": r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))",
    "a switch of the coverage tool": r"pragma: ?no cover",
    "a skipped type without its code": r"type: ignore(?!\[)",
    "a path of somebody's machine": r"(?<![\w.])/(?:work|home|Users)/\w+/",
}


def texts() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in SUFFIXES and path != Path(__file__):
                yield path
    yield from (
        ROOT / name for name in ("README.md", "run.py", "pyproject.toml", "Dockerfile", "compose.yaml")
    )


@pytest.mark.parametrize("what", NOT_SAID)
def test_no_text_tells(what: str) -> None:
    """style.md 5."""
    pattern = re.compile(NOT_SAID[what])

    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_public_hosts_only(name: str) -> None:
    """amendments.md 2."""
    text = (ROOT / name).read_text(encoding="utf-8")

    hosts = {urlsplit(address).hostname for address in re.findall(r"[a-z]+://[^\s\"'>)]+", text)}
    assert hosts <= PUBLIC


def test_every_requirement_has_a_hash() -> None:
    """amendments.md 2."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        entries = re.split(r"\n(?=\w)", (ROOT / name).read_text(encoding="utf-8").strip())

        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_generated_secrets_are_not_committed() -> None:
    """amendments.md 1: they stand beside the database, which is ignored."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)

    names = {Path(line).name for line in listed.stdout.splitlines()}
    assert not names & {".env", "secrets.json", "database.sqlite"}

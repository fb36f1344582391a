"""What lies on the disk: for its owner alone, and no secret in it that is not sealed.

Source: threats.md S12, S13 and A4, A9.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings.places import database_url
from app.settings.secrets import FILE_NAME
from app.store.upkeep import back_up
from tests.support.gateways import a_gateway, client_of, with_account


@pytest.fixture
def careless_umask() -> Iterator[None]:
    """A process whose new files everybody may read and write."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def used(folder: Path) -> tuple[str, set[str]]:
    """Run a gateway with an account, a key and a backup; gives the key, and its files' modes meanwhile."""
    async with a_gateway(folder) as gateway, client_of(gateway) as client:
        await with_account(gateway, "anna")
        key = (await gateway.store.keys.create(name="test")).secret
        body = {"model": "gemini-3-flash", "messages": [{"role": "user", "content": "The rivers of Bavaria"}]}
        headers = {"authorization": f"Bearer {key}"}
        assert (await client.post("/v1/chat/completions", json=body, headers=headers)).status_code >= 500
        await gateway.runner.settled()
        await back_up(database_url(gateway.settings), None)
        return key, {oct(stat.S_IMODE(path.stat().st_mode)) for path in files_in(folder)}


@pytest.mark.usefixtures("careless_umask")
async def test_every_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    """threats.md A4: database, its log, locks, journal, secrets and backups."""
    folder = tmp_path / "data"

    _, modes = await used(folder)

    assert modes == {"0o600"}
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in files_in(folder)} == {"0o600"}
    folders = {path.parent for path in files_in(folder)}
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in folders} == {"0o700"}
    assert len(folders) >= 2


async def test_no_file_holds_a_key_a_token_or_a_prompt(tmp_path: Path) -> None:
    """threats.md S12 and S13: the generated secrets alone are in the clear, in a file of their own."""
    key, _ = await used(tmp_path)

    for path in files_in(tmp_path):
        content = path.read_bytes()
        for secret in (key, "refresh-anna", "rivers of Bavaria"):
            assert secret.encode() not in content, path.name
        if path.name != FILE_NAME:
            assert not any(word in content for word in (tmp_path / FILE_NAME).read_bytes().split(b'"')[3::4])

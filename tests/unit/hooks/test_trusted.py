"""Which addon files may be run. Spec: threats.md S33."""

import os
from pathlib import Path

import pytest

from app.hooks import trusted
from app.hooks.errors import AddonRefused
from app.hooks.loader import found
from app.hooks.trusted import check_trusted

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such modes on Windows")

ADDON = "class Mine:\n    async def flow_closed(self, flow): pass\naddons = [Mine()]\n"


def an_addon(folder: Path) -> Path:
    folder.mkdir(mode=0o755, exist_ok=True)
    path = folder / "mine.py"
    path.write_text(ADDON)
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_may_write_is_refused_and_the_cure_is_named(mode: int, tmp_path: Path) -> None:
    path = an_addon(tmp_path)
    path.chmod(mode)

    with pytest.raises(AddonRefused, match=rf"other users may write the file .* `chmod go-w {path}`"):
        found(str(path))


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_a_folder_that_others_may_write_is_refused(mode: int, tmp_path: Path) -> None:
    path = an_addon(tmp_path / "addons")
    path.parent.chmod(mode)

    with pytest.raises(AddonRefused, match=rf"may write the folder .* `chmod go-w {path.parent}`"):
        found(str(path))


def test_a_link_is_as_good_as_the_folders_at_both_of_its_ends(tmp_path: Path) -> None:
    path = an_addon(tmp_path / "addons")
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "linked.py"
    link.symlink_to(path)
    check_trusted(link)

    link.parent.chmod(0o777)
    with pytest.raises(AddonRefused, match="links`"):
        check_trusted(link)
    link.parent.chmod(0o755)
    path.parent.chmod(0o777)
    with pytest.raises(AddonRefused, match="addons`"):
        check_trusted(link)


def test_what_belongs_to_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = an_addon(tmp_path / "addons")
    monkeypatch.setattr(trusted, "_ROOT", -1)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)

    with pytest.raises(AddonRefused, match=r"belongs to another user.*`chown \d+ "):
        found(str(path))


def test_what_belongs_to_root_or_to_us_is_run(tmp_path: Path) -> None:
    (one,) = found(str(an_addon(tmp_path / "addons")))

    assert one.name == "mine"

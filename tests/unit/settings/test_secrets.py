"""Secrets that are made at the first start."""

import stat
from pathlib import Path

import msgspec
import pytest

from app.settings.load import SettingsError, load
from app.settings.schema import Settings
from app.settings.secrets import FILE_NAME, complete


def test_the_first_start_makes_what_is_missing_and_tells_the_password_once(tmp_path: Path) -> None:
    """amendments.md 1; threats.md S01."""
    first = complete(Settings(), tmp_path)
    second = complete(Settings(), tmp_path)

    assert first.fresh_password is not None
    assert first.fresh_password == first.settings.admin.admin_password
    assert second.fresh_password is None
    assert second.settings == first.settings
    assert second.settings.admin.jwt_secret
    assert len(second.settings.admin.encryption_key) == 1


def test_the_file_is_for_its_owner_alone_and_so_is_a_folder_made_for_it(tmp_path: Path) -> None:
    """amendments.md 1: kept with mode 0600 beside the database."""
    folder = tmp_path / "data"

    complete(Settings(), folder)

    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """threats.md S13."""
    complete(Settings(), tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)

    complete(Settings(), tmp_path)

    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_what_the_operator_set_is_used_and_not_written_down(tmp_path: Path) -> None:
    """amendments.md 1."""
    given = {"ADMIN_PASSWORD": "correct horse battery", "JWT_SECRET": "an operator's own secret"}

    completed = complete(load(given).settings, tmp_path)

    assert completed.settings.admin.admin_password == "correct horse battery"
    assert completed.fresh_password is None
    assert "correct horse" not in (tmp_path / FILE_NAME).read_text()
    assert "operator" not in (tmp_path / FILE_NAME).read_text()


def test_a_sealing_key_of_the_file_goes_on_reading_when_the_operator_sets_one(tmp_path: Path) -> None:
    """amendments.md 1: several values rotate, the first one writes."""
    made = complete(Settings(), tmp_path).settings.admin.encryption_key
    own = "0123456789abcdef0123456789abcdef"

    completed = complete(load({"ENCRYPTION_KEY": own}).settings, tmp_path)

    assert completed.settings.admin.encryption_key == (own, *made)


def test_a_command_that_cannot_show_a_password_leaves_it_to_one_that_can(tmp_path: Path) -> None:
    """amendments.md 1: the password is printed once."""
    quiet = complete(Settings(), tmp_path, make_password=False)
    served = complete(Settings(), tmp_path)

    assert quiet.settings.admin.admin_password is None
    assert served.fresh_password is not None
    assert served.settings.admin.encryption_key == quiet.settings.admin.encryption_key


def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The database is sealed with it, so a fresh one would be worth nothing."""
    (tmp_path / FILE_NAME).write_text('{"jwt_secret": 7}')

    with pytest.raises(SettingsError, match="is damaged"):
        complete(Settings(), tmp_path)

    assert (tmp_path / FILE_NAME).read_text() == '{"jwt_secret": 7}'


def test_a_folder_that_cannot_be_is_told_in_one_line(tmp_path: Path) -> None:
    """faults.md F103."""
    (tmp_path / "data").write_text("a file where a folder should be")

    with pytest.raises(SettingsError, match="cannot be read or written"):
        complete(Settings(), tmp_path / "data")


def test_of_two_first_starts_at_once_both_use_the_same_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes may find no file; only one file comes to be."""
    other = complete(Settings(), tmp_path / "other").settings
    exists = Path.exists

    def loses_the_race(path: Path) -> bool:
        if path.name == FILE_NAME and not exists(path):
            (tmp_path / "other" / FILE_NAME).replace(path)
            return False
        return exists(path)

    monkeypatch.setattr(Path, "exists", loses_the_race)

    completed = complete(Settings(), tmp_path)

    assert completed.settings == other


def test_neither_the_file_nor_the_result_shows_secrets_in_its_text_form(tmp_path: Path) -> None:
    """threats.md S14."""
    completed = complete(Settings(), tmp_path)

    assert completed.fresh_password is not None
    assert completed.fresh_password not in repr(completed)
    assert msgspec.structs.asdict(completed)["fresh_password"] == completed.fresh_password

"""Files of the panel. Spec: threats.md S27."""

from pathlib import Path

import pytest

from app.web.panel.assets import Assets


def test_files_are_known_by_name_and_marked_by_content(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "a.js").write_text("1;")
    (folder / "notes.md").write_text("not for browsers")
    (tmp_path / "secret.js").write_text("2;")
    before = Assets(folder)
    (folder / "js" / "a.js").write_text("2;")
    after = Assets(folder)

    assert before.address("js/a.js") != after.address("js/a.js")
    found = after.find("js/a.js")
    assert found is not None
    assert found.kind.startswith("text/javascript")
    assert [after.find(name) for name in ("notes.md", "../secret.js", "js/../../secret.js", "/js/a.js")] == [
        None
    ] * 4
    with pytest.raises(KeyError):
        after.address("nothing.css")

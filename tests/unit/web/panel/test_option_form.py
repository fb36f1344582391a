"""Options of an addon as texts of a form. Spec: admin-ui.md 2.3, 2.6; architecture.md 8.5."""

from typing import Any, Literal

import pytest
from msgspec import Struct, field
from msgspec.structs import asdict

from app.admin.refusals import Refused
from app.admin.schemas.addons import OptionView
from app.hooks.forms import form_of
from app.settings.addons import AddonValues
from app.web.panel.option_form import changed, field_name, fields


class Options(Struct, frozen=True):
    words: str = "hello"
    limit: int | None = None
    share: float = 0.25
    loud: bool = False
    maybe: bool | None = None
    mode: Literal["a", "b"] = "a"
    names: tuple[str, ...] = ("x", "y")
    pairs: dict[str, str] = field(default_factory=lambda: {"a": "b=c"})
    rules: dict[str, tuple[str, ...]] = {}
    password: str = ""


def options(values: Options | None = None) -> list[OptionView]:
    found = form_of("one", values or Options(), AddonValues(), set())
    return [OptionView(**{**asdict(one), "choices": list(one.choices)}) for one in found]


def entered(**said: str) -> dict[str, str]:
    """The form as it was shown, with some fields changed."""
    shown = {field_name(one.option.name): one.text.strip() for one in fields(options())}
    return {**shown, **{field_name(name): text for name, text in said.items()}}


def test_a_form_that_is_sent_as_it_was_changes_nothing() -> None:
    assert changed(options(), entered()) == {}
    assert changed(options(), {}) == {}, "fields that were not sent stay as they are"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("words", "good day", "good day"),
        ("words", "", ""),
        ("limit", "7", "7"),
        ("loud", "on", True),
        ("maybe", "off", False),
        ("mode", "b", "b"),
        ("names", "x\r\n\r\ny, and z", ["x", "y, and z"]),
        ("names", "", []),
        ("pairs", "a = b=d\nc=", {"a": "b=d", "c": ""}),
        ("rules", '{"a": ["b"]}', {"a": ["b"]}),
    ],
)
def test_a_text_becomes_what_json_has(name: str, text: str, value: Any) -> None:
    assert changed(options(), entered(**{name: text})) == {name: value}


def test_an_empty_field_takes_a_value_away_where_there_may_be_none() -> None:
    set_to_seven = options(Options(limit=7))

    assert changed(set_to_seven, {field_name("limit"): ""}) == {"limit": None}


@pytest.mark.parametrize(("name", "text"), [("pairs", "a"), ("pairs", "= b"), ("rules", "{a")])
def test_what_cannot_be_read_is_said_of_its_option(name: str, text: str) -> None:
    with pytest.raises(Refused) as caught:
        changed(options(), entered(**{name: text}))

    assert (caught.value.status, caught.value.where) == (400, name)


def test_a_secret_is_neither_shown_nor_taken() -> None:
    held = options(Options(password="a-planted-canary"))

    assert "a-planted-canary" not in repr(fields(held))
    assert changed(held, {field_name("password"): "another"}) == {}


def test_what_can_be_chosen_includes_what_is_set() -> None:
    choices = {one.option.name: one.choices for one in fields(options())}

    assert choices["maybe"] == ["", "on", "off"]
    assert choices["mode"] == ["a", "b"]
    assert choices["words"] == []

"""One declaration, three faces. Source: architecture.md 8.7."""

from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from app.hooks.errors import BadOption, FixedOption
from app.hooks.options import (
    Secret,
    changed_options,
    fixed_by,
    is_secret,
    read_options,
    schema_of,
    secrets_in,
    unclaimed,
    variable,
)
from app.settings.addons import AddonValues


class Options(Struct):
    words: str = "hello"
    times: Annotated[int, Meta(ge=1)] = 1
    loud: bool = False
    names: tuple[str, ...] = ()
    pairs: dict[str, str] = {}
    chains: dict[str, tuple[str, ...]] = {}
    limit: float | None = None


def read(table: dict[str, Any] | None = None, **texts: str) -> Any:
    named = {f"ADDON_MY_ADDON_{name.upper()}": text for name, text in texts.items()}
    return read_options("my-addon", Options, AddonValues({"my-addon": table} if table else {}, named))


def test_without_values_the_defaults_hold() -> None:
    assert read() == Options()


def test_a_table_of_the_file_sets_options() -> None:
    table = {"words": "good day", "times": 2, "chains": {"a": ["b"]}}

    assert read(table) == Options(words="good day", times=2, chains={"a": ("b",)})


def test_the_environment_wins_over_the_file() -> None:
    assert read({"times": 2, "words": "file"}, times="3") == Options(times=3, words="file")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("loud", "on", True),
        ("loud", "off", False),
        ("names", "a, b", ("a", "b")),
        ("pairs", "a=1,b=2", {"a": "1", "b": "2"}),
        ("chains", '{"a": ["b", "c"]}', {"a": ("b", "c")}),
        ("limit", "1.5", 1.5),
        ("words", "{not json", "{not json"),
    ],
)
def test_text_of_the_environment_becomes_what_the_option_is(name: str, text: str, value: Any) -> None:
    given: dict[str, Any] = {name: text}
    assert getattr(read(**given), name) == value


def test_a_value_that_does_not_fit_is_refused_without_being_repeated() -> None:
    with pytest.raises(BadOption, match="`ADDON_MY_ADDON_TIMES` is not valid: expected `int`") as caught:
        read(times="secret")
    assert "secret" not in str(caught.value)
    with pytest.raises(BadOption, match=r"`times` in `\[addons.my-addon\]` is not valid"):
        read({"times": 0})
    with pytest.raises(BadOption, match="`tmes`, which is no option"):
        read({"tmes": 1})


def test_an_option_without_default_has_to_be_given() -> None:
    class Needy(Struct):
        url: str

    with pytest.raises(BadOption, match="url"):
        read_options("needy", Needy, AddonValues())


def test_some_options_change_and_the_others_stay() -> None:
    changed = changed_options(Options(words="hi"), {"times": 5})

    assert changed == Options(words="hi", times=5)
    with pytest.raises(BadOption, match="no option `nothing`"):
        changed_options(Options(), {"nothing": 1})
    with pytest.raises(BadOption, match="`times` is not valid"):
        changed_options(Options(), {"times": 0})


def test_a_form_can_be_drawn_from_the_schema() -> None:
    schema = schema_of(Options)

    assert schema["$ref"] == "#/$defs/Options"
    assert schema["$defs"]["Options"]["properties"]["times"]["minimum"] == 1


def test_values_that_nobody_takes_are_named() -> None:
    values = AddonValues({"my-addon": {}, "gone": {}}, {"ADDON_MY_ADDON_TIMES": "1", "ADDON_X_Y": "1"})

    assert unclaimed(values, [("my-addon", Options)]) == [
        "`[addons.gone]`: no addon of that name is loaded.",
        "`ADDON_X_Y`: no addon has that option.",
    ]


def test_a_variable_is_named_after_addon_and_option() -> None:
    assert variable("my-addon", "times") == "ADDON_MY_ADDON_TIMES"


def test_what_is_wrong_says_in_which_option() -> None:
    for change in ({"times": 0}, {"times": "x"}):
        with pytest.raises(BadOption) as caught:
            changed_options(Options(), change)
        assert caught.value.where == "times"
    with pytest.raises(BadOption, match="no option `tmes`") as caught:
        changed_options(Options(), {"tmes": 1})
    assert caught.value.where == "tmes"


def test_an_option_of_the_environment_or_the_file_is_fixed() -> None:
    """Spec: admin-ui.md 2.3, Settings: fixed by environment is read-only with the variable's name."""
    values = AddonValues({"my_addon": {"words": "x", "times": 2}}, {"ADDON_MY_ADDON_TIMES": "3"})

    fixed = fixed_by("my_addon", Options, values)

    assert fixed == {"words": "[addons.my_addon] words", "times": "ADDON_MY_ADDON_TIMES"}
    with pytest.raises(FixedOption, match="`ADDON_MY_ADDON_TIMES`"):
        changed_options(Options(), {"times": 5}, fixed)


class Guarded(Struct):
    url: Secret = ""
    other: Secret | None = None
    webhook_token: str = "abc"
    most_tokens: int = 0


def test_a_secret_says_so_or_is_called_like_one() -> None:
    secret = [field for field in Guarded.__struct_fields__ if is_secret(Guarded, field)]

    assert secret == ["url", "other", "webhook_token"]
    assert list(secrets_in(Guarded(url="https://x"))) == ["https://x", "abc"]
    assert set(fixed_by("my", Guarded, AddonValues())) == set(secret)

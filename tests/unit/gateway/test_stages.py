"""The shipped plan. Source: architecture 7.2."""

from pathlib import Path

from tests.support.gateways import a_gateway


async def test_each_operation_has_its_stages_in_order(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        plan = gateway.plan
        names = {op: [stage.name for stage in plan.stages_of(op)] for op in plan.operations}

    shaping = ("sanitize_thinking", "normalize_images", "convert")
    shipped = {
        "acknowledge": ("acknowledge",),
        "list_models": ("authenticate", "list_models"),
        "get_model": ("authenticate", "show_model"),
        "count": ("authenticate", "read", "admit", "count"),
        "generate": ("authenticate", "read", "admit", *shaping, "lease", "relay"),
    }
    for operation, chain in names.items():  # built-in addons may stand in between
        assert tuple(name for name in chain if name in shipped[operation]) == shipped[operation]


async def test_nobody_is_answered_before_it_is_known_who_asks(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as gateway:
        plan = gateway.plan
        first = {op: plan.stages_of(op)[0].name for op in plan.operations}

    assert {op for op, name in first.items() if name != "authenticate"} == {"acknowledge"}

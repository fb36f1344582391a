"""Writes what is made from code: reference pages, `.env.example`, requirement files.

`python3 run.py docs` runs it; tests compare its results with what is committed. The requirement files are
exported from `uv.lock`, for machines without uv; where uv is missing they are left as they are.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from app.dialects.base import Operation
from app.gateway.build import open_gateway
from app.gateway.parts import Gateway
from app.pipeline.stage import Stage
from app.settings.document import env_example, settings_reference
from app.settings.schema import Settings
from app.settings.secrets import complete
from app.web.site import build_quart
from tests.house.admin_page import admin_page
from tests.house.commands_page import commands_page
from tests.house.errors_page import errors_page
from tests.house.hooks_page import hooks_page
from tests.house.plan_page import plan_page

ROOT = Path(__file__).parents[2]

REQUIREMENTS = {"requirements.txt": (), "requirements-dev.txt": ("--group", "test", "--group", "lint")}
"""Each file and the dependency groups in it."""


@asynccontextmanager
async def shipped() -> AsyncIterator[Gateway]:
    """A gateway with settings as they are shipped."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Settings()
        database = msgspec.structs.replace(plain.database, db_path=f"{folder}/database.sqlite")
        own = msgspec.structs.replace(plain, database=database)
        async with open_gateway(complete(own, Path(folder)).settings) as gateway:
            yield gateway


async def shipped_stages() -> dict[Operation, tuple[Stage, ...]]:
    """The plan of such a gateway."""
    async with shipped() as gateway:
        plan = gateway.plan
        return {operation: plan.stages_of(operation) for operation in plan.operations}


async def admin_document() -> dict[str, Any]:
    """The OpenAPI document of its admin API."""
    async with shipped() as gateway:
        reply = await build_quart(gateway).test_client().get("/admin/api/openapi.json")
        document: dict[str, Any] = await reply.get_json()
        return document


PAGES: dict[str, Callable[[], str]] = {
    ".env.example": env_example,
    "docs/reference/settings.md": settings_reference,
    "docs/reference/errors.md": errors_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/hooks.md": hooks_page,
    "docs/reference/admin-api.md": lambda: admin_page(asyncio.run(admin_document())),
    "docs/reference/plan.md": lambda: plan_page(asyncio.run(shipped_stages())),
}
"""What makes each generated text, by its path below the root."""


def export(name: str, target: Path) -> None:
    """Write the requirement file `name` to `target`, from the lock file as it is."""
    fixed = ("--frozen", "--no-emit-project", "--no-default-groups", "--extra", "uvloop")
    plain = ("--no-annotate", "--no-header", "--format", "requirements-txt", "--quiet")
    command = ["uv", "export", *fixed, *REQUIREMENTS[name], *plain, "--output-file", str(target)]
    environment = {**os.environ, "UV_OFFLINE": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Write everything."""
    for path, make in PAGES.items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(make(), encoding="utf-8")
    if shutil.which("uv") is None:
        sys.stderr.write("uv is not installed: the requirement files stay as they are\n")
        return
    for name in REQUIREMENTS:
        export(name, ROOT / name)


if __name__ == "__main__":
    main()

"""From settings to a server, and what becomes of a start that cannot succeed."""

import socket
from contextlib import AsyncExitStack
from pathlib import Path

import click
import pytest

from app.cli.run import run_gateway, server_options
from app.gateway.build import open_gateway
from app.gateway.parts import Gateway
from app.networks import address_of
from app.server.options import Address
from app.settings.load import load
from app.settings.schema import Settings
from app.settings.secrets import complete


def settings_in(folder: Path, **environ: str) -> Settings:
    environ = {"HOST": "127.0.0.1", "PORT": "0", "DB_PATH": str(folder / "database.sqlite"), **environ}
    return complete(load(environ).settings, folder).settings


def never_ready(gateway: Gateway, addresses: tuple[Address, ...]) -> None:
    pytest.fail("it cannot be ready")


async def start(settings: Settings) -> str:
    with pytest.raises(click.ClickException) as caught:
        await run_gateway(settings, never_ready, AsyncExitStack())
    return caught.value.message


async def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        message = await start(settings_in(tmp_path, PORT=str(port)))

    assert message.startswith(f"Cannot listen on 127.0.0.1, port {port}: ")
    assert "in use" in message


async def test_a_host_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    assert "Cannot listen on 256.1.1.1, port 0" in await start(settings_in(tmp_path, HOST="256.1.1.1"))


async def test_a_certificate_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("not a certificate")

    for name in (str(bad), str(tmp_path / "missing.pem")):
        assert name in await start(settings_in(tmp_path, TLS_CERTFILE=name, TLS_KEYFILE=name))


async def test_a_database_that_another_gateway_uses_is_told_in_one_line(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    async with open_gateway(settings):
        assert "Another gateway is running on the database" in await start(settings)


async def test_a_damaged_database_is_told_in_one_line(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    (tmp_path / "database.sqlite").write_text("not a database at all, though long enough to be one" * 100)

    assert "is damaged" in await start(settings)


def test_the_server_has_its_share_of_the_settings() -> None:
    settings = load(
        {
            "HOST": "127.0.0.1",
            "PORT": "0",
            "HTTP2_CLEARTEXT": "off",
            "MAX_CONNECTIONS": "7",
            "MAX_CONNECTIONS_PER_SOURCE": "3",
            "TRUSTED_PROXIES": "10.0.0.0/8",
            "HEAD_TIMEOUT_S": "3",
            "HEAD_MAX_BYTES": "9000",
            "WRITE_TIMEOUT_S": "4",
            "DRAIN_S": "5",
        }
    ).settings

    options = server_options(settings)

    assert (options.host, options.port, options.http2_cleartext) == ("127.0.0.1", 0, False)
    assert (options.max_connections, options.header_timeout_s, options.max_head_bytes) == (7, 3.0, 9000)
    assert options.max_per_source == 3
    exempt = [options.uncapped.has(address_of(one)) for one in ("10.1.2.3", "127.0.0.1", "::1", "192.0.2.1")]
    assert exempt == [True, True, True, False]
    assert options.write_timeout_s == 4.0
    assert options.graceful_s > 5.0, "there is time for last words after the drain"

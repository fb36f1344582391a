"""The simulated backend as a command."""

import socket

from click.testing import CliRunner

from app.cli.simulate import simulate


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        result = CliRunner().invoke(simulate, ["--port", port])

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: Cannot listen on 127.0.0.1, port {port}: ")


def test_a_scenario_that_is_none_is_told_with_those_that_are() -> None:
    result = CliRunner().invoke(simulate, ["--scenario", "nonsense", "--port", "0"])

    assert result.exit_code == 2
    assert "'nonsense' is none of happy, " in result.stderr

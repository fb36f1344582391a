"""Settings for a command: files, environment and flags, or a clear word and exit code 2."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app.settings.load import SettingsError, load, read_dotenv
from app.settings.places import data_folder
from app.settings.schema import Settings
from app.settings.secrets import Completed, complete


def read_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings as they stand, `.env` and `config.toml` in the working folder included."""
    config = Path("config.toml")
    environ = {**read_dotenv(Path(".env")), **os.environ}
    try:
        loaded = load(environ, config=config if config.is_file() else None, flags=flags)
    except SettingsError as exc:
        raise _refused(exc) from exc
    for remark in loaded.remarks:
        click.echo(remark, err=True)
    return loaded.settings


def with_secrets(settings: Settings) -> Completed:
    """The settings with every secret in place; missing ones are made and kept beside the database."""
    try:
        return complete(settings, data_folder(settings))
    except SettingsError as exc:
        raise _refused(exc) from exc


def _refused(error: SettingsError) -> click.UsageError:
    return click.UsageError(f"The settings cannot be used:\n{error}")

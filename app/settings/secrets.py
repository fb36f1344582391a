"""Secrets that the operator did not set: made at the first start, kept beside the database.

The file has mode 0600 and is written whole or not at all. Never: prints or logs a secret.
"""

import os
import secrets
import stat
from pathlib import Path

import msgspec
from msgspec import Struct

from app.settings.checks import Problem
from app.settings.load import SettingsError
from app.settings.schema import Settings

FILE_NAME = "secrets.json"


class KeptSecrets(Struct, frozen=True, omit_defaults=True):
    """The file's content; None for what was never needed."""

    admin_password: str | None = None
    jwt_secret: str | None = None
    encryption_key: str | None = None

    def __repr__(self) -> str:
        return "KeptSecrets(***)"


class Completed(Struct, frozen=True):
    """Settings in which no secret is missing.

    `fresh_password` is the admin password when this very start made it, to be shown once.
    """

    settings: Settings
    fresh_password: str | None = None

    def __repr__(self) -> str:
        return f"Completed({self.settings!r})"


def complete(settings: Settings, folder: Path, *, make_password: bool = True) -> Completed:
    """Fill in the secrets that are not set, from the file in `folder` or freshly made and put there.

    `make_password` is for who can show a fresh password; without it a missing one stays missing.
    Raises SettingsError when the file cannot be read or written.
    """
    path = folder / FILE_NAME
    try:
        found = _read(path)
        kept = found or KeptSecrets()
        wanted = _wanted(settings, kept, make_password=make_password)
        if wanted != kept:
            wanted = _write(path, wanted, is_first=found is None)
    except OSError as exc:
        problem = Problem(str(path), f"cannot be read or written: {exc.strerror}")
        raise SettingsError((problem,)) from exc
    made_password = settings.admin.admin_password is None and kept.admin_password != wanted.admin_password
    return Completed(_filled(settings, wanted), wanted.admin_password if made_password else None)


def _wanted(settings: Settings, kept: KeptSecrets, *, make_password: bool) -> KeptSecrets:
    """What the file must hold: what it holds, and what is set neither there nor by the operator."""
    admin = settings.admin
    password_is_due = make_password and not admin.admin_password
    return KeptSecrets(
        admin_password=kept.admin_password or (secrets.token_urlsafe(18) if password_is_due else None),
        jwt_secret=kept.jwt_secret or (None if admin.jwt_secret else secrets.token_urlsafe(48)),
        encryption_key=kept.encryption_key or (None if admin.encryption_key else secrets.token_urlsafe(32)),
    )


def _filled(settings: Settings, kept: KeptSecrets) -> Settings:
    """The operator's own values win. A sealing key from the file goes on reading what it once sealed."""
    admin = settings.admin
    keys = admin.encryption_key
    if kept.encryption_key is not None and kept.encryption_key not in keys:
        keys = (*keys, kept.encryption_key)
    filled = msgspec.structs.replace(
        admin,
        admin_password=admin.admin_password or kept.admin_password,
        jwt_secret=admin.jwt_secret or kept.jwt_secret,
        encryption_key=keys,
    )
    return msgspec.structs.replace(settings, admin=filled)


def _read(path: Path) -> KeptSecrets | None:
    if not path.exists():
        return None
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeptSecrets)
    except msgspec.DecodeError as exc:
        problem = Problem(str(path), "is damaged; restore it from a backup, the database is sealed with it")
        raise SettingsError((problem,)) from exc


def _write(path: Path, content: KeptSecrets, *, is_first: bool) -> KeptSecrets:
    """Put the file in place; gives what stands there, which is another's when two first starts met."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return _put_in_place(draft, path, content, is_first=is_first)
    finally:
        draft.unlink(missing_ok=True)


def _put_in_place(draft: Path, path: Path, content: KeptSecrets, *, is_first: bool) -> KeptSecrets:
    if not is_first:
        draft.replace(path)
        return content
    try:
        os.link(draft, path)  # fails where a rename would silently overwrite another first start's file
    except FileExistsError:
        return _read(path) or content
    return content

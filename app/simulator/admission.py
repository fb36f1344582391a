"""Who calls, and may they: steps 2 to 9 of upstream.md 9.3, before the request itself is looked at.

Raises `Refused` with the backend's answer. Limits and faults come later, in `limits`.
"""

import re

from msgspec import Struct

from app.simulator import errors
from app.simulator.accounts import SimAccount
from app.simulator.catalog import Model
from app.simulator.errors import Refused
from app.simulator.inbound import Inbound
from app.simulator.protocheck import check
from app.simulator.render import Json
from app.simulator.wire import Envelope, envelope

SCOPES = (
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    "https://www.googleapis.com/auth/cclog",
    "https://www.googleapis.com/auth/experimentsandconfigs",
)

_AGENT_VERSION = re.compile(r"antigravity/(?:hub/|cli/)?(\d+(?:\.\d+)*)", re.IGNORECASE)


class Admitted(Struct, kw_only=True):
    """A generating request that may go on."""

    account: SimAccount
    model: Model
    envelope: Envelope


class VersionGate(Exception):
    """The client is too old: a 200 with a sentence in place of the answer."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def authenticate(inbound: Inbound) -> SimAccount:
    """The account of the bearer token. 401 for none or a bad one, 403 without the scopes."""
    world = inbound.world
    method = inbound.method[:1].upper() + inbound.method[1:]
    header = inbound.request.headers.get("authorization", "")
    if not header.lower().startswith("bearer "):
        text = errors.CREDENTIALS_MISSING_TEXT
        reply = errors.unauthenticated(method, reason="CREDENTIALS_MISSING", text=text)
        raise Refused(reply, why="no bearer token")
    token = world.directory.tokens.get(header[7:].strip())
    account = world.directory.by_id(token.account_id) if token is not None else None
    if (
        token is None
        or account is None
        or token.expires_at <= world.clock.now()
        or account.state == "revoked"
    ):
        raise Refused(errors.unauthenticated(method), why="the token is unknown, expired or revoked")
    inbound.entry.account, inbound.entry.email = account.id, account.email
    if SCOPES[0] not in token.scopes:
        raise Refused(errors.scope_insufficient(), why="the token lacks a scope")
    return account


def check_account(inbound: Inbound, account: SimAccount) -> None:
    """403 or 400 for an account in trouble."""
    match account.state:
        case "validation_required":
            raise Refused(errors.validation_required(), why="the account must be verified")
        case "tos":
            raise Refused(errors.terms_violation(), why="the account was banned")
        case "location_blocked":
            raise Refused(errors.location_blocked(), why="the location is not supported")
        case _:
            return


def canonical_body(inbound: Inbound, message: str) -> dict[str, Json]:
    """The body in canonical spelling; 400 with every violation of the message type."""
    knobs = inbound.world.knobs
    body, violations = check(inbound.json_body(), message, lenient_schema=knobs.lenient_schema)
    if violations and "proto" not in knobs.checks_off:
        raise Refused(errors.proto_400(violations), why=violations[0][1])
    return body


def admit(inbound: Inbound) -> Admitted:
    """Steps 2 to 9 for a generating method."""
    world, entry = inbound.world, inbound.entry
    account = authenticate(inbound)
    check_account(inbound, account)
    asked = envelope(canonical_body(inbound, "GenerateEnvelope"))
    entry.model, entry.project = asked.model, asked.project
    entry.request_id, entry.session_id = asked.request_id, asked.request.session_id
    off = world.knobs.checks_off
    if "project" not in off:
        check_project(account, asked.project)
    version = client_version(inbound)
    if "version" not in off:
        _check_version(inbound, version)
    model = world.model_for(asked.model, account)
    if model is None or (
        "version" not in off and version is not None and version < _parse(model.min_version)
    ):
        raise Refused(
            errors.not_found(), why=f"there is no model {asked.model!r} for this account and version"
        )
    if inbound.method == "generateContent" and model.stream_only and "stream_only" not in off:
        raise Refused(errors.plain_429(), why="the non-stream method is closed for this model")
    _check_identity(inbound, asked)
    return Admitted(account=account, model=model, envelope=asked)


def check_project(account: SimAccount, project: str) -> None:
    """400 without a project, 403 for one of somebody else, without licence or with the API switched off."""
    if not project:
        raise Refused(errors.generic_400(), why="no project")
    if project != account.project:
        raise Refused(errors.iam_denied(project), why="the project belongs to somebody else")
    if account.state == "service_disabled":
        raise Refused(errors.service_disabled(project), why="the API is switched off in the project")
    if account.state == "unlicensed":
        raise Refused(errors.license_missing(), why="the project has no licence")


def client_version(inbound: Inbound) -> tuple[int, ...] | None:
    """The client version of the User-Agent, None when it names none."""
    found = _AGENT_VERSION.search(inbound.request.headers.get("user-agent", ""))
    return _parse(found.group(1)) if found else None


def _check_version(inbound: Inbound, version: tuple[int, ...] | None) -> None:
    knobs = inbound.world.knobs
    if knobs.min_version is not None and (version is None or version < _parse(knobs.min_version)):
        raise VersionGate(knobs.version_text or errors.VERSION_GATE_TEXT)


def _check_identity(inbound: Inbound, asked: Envelope) -> None:
    knobs = inbound.world.knobs
    if knobs.identity_text is None:
        return
    system = asked.request.system_instruction
    if system is None or not any(knobs.identity_text in (part.text or "") for part in system.parts):
        reply = errors.plain_429() if knobs.identity_answer == "429" else errors.generic_400()
        raise Refused(reply, why="the identity text is missing")


def _parse(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))

"""The control methods: tier and project, onboarding, catalogue, quota.

Source: upstream.md 2, 4.5, 8.3, 8.4.
"""

from collections.abc import Sequence

from app.simulator import errors
from app.simulator.accounts import TIER_NAMES, SimAccount
from app.simulator.admission import authenticate, canonical_body, check_account
from app.simulator.catalog import MEDIA_TYPES, Model
from app.simulator.clock import rfc3339
from app.simulator.errors import Refused, json_error
from app.simulator.faults import Fault
from app.simulator.inbound import Inbound
from app.simulator.quota import Reading
from app.simulator.render import Json
from app.simulator.state import Operation
from app.simulator.striking import strike
from app.simulator.timing import PROFILES

_RESPONSE_TYPE = "type.googleapis.com/google.internal.cloud.code.v1internal.OnboardUserResponse"
_GROUP_NAMES = {
    "gemini": ("Gemini Models", "Gemini Flash, Gemini Pro"),
    "3p": ("Claude and GPT models", "Claude Opus, Claude Sonnet, GPT-OSS"),
}
_WINDOW_NAMES = {"weekly": "Weekly Limit", "5h": "Five Hour Limit"}
_PROVIDERS = {
    "gemini": ("API_PROVIDER_GOOGLE_GEMINI", "MODEL_PROVIDER_GOOGLE"),
    "claude": ("API_PROVIDER_ANTHROPIC_VERTEX", "MODEL_PROVIDER_ANTHROPIC"),
    "openai": ("API_PROVIDER_OPENAI_VERTEX", "MODEL_PROVIDER_OPENAI"),
}


async def load_code_assist(inbound: Inbound) -> None:
    """Tier, project, eligibility."""
    account, faults, _ = await _enter(inbound, "LoadRequest")
    effects = {fault.effect for fault in faults}
    tier = _tier(account.tier, is_default=False)
    body: dict[str, Json] = {"currentTier": tier, "allowedTiers": _allowed_tiers()}
    if "load_ineligible" in effects:
        body = {"allowedTiers": [], "ineligibleTiers": [_ineligible_tier()]}
    has_project = account.has_project and account.state != "no_project" and "load_no_project" not in effects
    if has_project and "load_ineligible" not in effects:
        project: Json = account.project
        body["cloudaicompanionProject"] = {"id": project} if "load_object_project" in effects else project
    if account.paid_tier is not None:
        paid: dict[str, Json] = {
            "id": account.paid_tier,
            "name": TIER_NAMES.get(account.paid_tier, "Google AI"),
        }
        if account.credits is not None:
            entry: dict[str, Json] = {"creditType": "GOOGLE_ONE_AI", "creditAmount": str(account.credits)}
            paid["availableCredits"] = [entry | {"minimumCreditAmountForUsage": "50"}]
        body["paidTier"] = paid
    inbound.answer_json(body)


async def onboard_user(inbound: Inbound) -> None:
    """Begins or repeats an onboarding; it is done after the account's number of polls."""
    world = inbound.world
    account, faults, body = await _enter(inbound, "OnboardRequest")
    tier_id = body.get("tierId")
    if not tier_id:
        raise Refused(errors.generic_400(), why="no tierId")
    if tier_id == "free-tier" and body.get("cloudaicompanionProject"):
        reply = json_error(400, "Precondition check failed.", "FAILED_PRECONDITION")
        raise Refused(reply, why="a project was sent for the free tier")
    effects = {fault.effect: fault for fault in faults}
    name = f"operations/onboard-{account.id}"
    operation = world.operations.setdefault(name, Operation(name, account.id, account.onboard_polls_left))
    if "onboard_pending" in effects and operation.polls_left <= 0:
        operation.polls_left = 1
    inbound.answer_json(_operation_state(inbound, operation, effects))


async def poll_operation(inbound: Inbound) -> None:
    """`GET /v1internal/operations/{id}`."""
    account = authenticate(inbound)
    name = inbound.request.path.rpartition("/v1internal/")[2]
    operation = inbound.world.operations.get(name)
    if operation is None or operation.account_id != account.id:
        raise Refused(errors.not_found(), why="there is no such operation")
    inbound.answer_json(_operation_state(inbound, operation, {}))


async def fetch_available_models(inbound: Inbound) -> None:
    """The catalogue of the account with what is left of its quota on this host."""
    world = inbound.world
    account, faults, _ = await _enter(inbound, "ModelsRequest")
    effects = {fault.effect for fault in faults}
    catalog = world.catalog
    models: dict[str, Json] = {}
    for model in catalog.models:
        if account.offers(model.id):
            models[model.id] = _model_entry(inbound, account, model, effects)
    listed: list[Json] = [
        model.id for model in catalog.models if not model.internal and account.offers(model.id)
    ]
    body: dict[str, Json] = {
        "models": models,
        "defaultAgentModelId": catalog.default_model,
        "agentModelSorts": [{"displayName": "Recommended", "groups": [{"modelIds": listed}]}],
        "webSearchModelIds": list(catalog.web_search),
        "imageGenerationModelIds": list(catalog.image_generation),
    }
    if catalog.deprecated:
        body["deprecatedModelIds"] = {old: {"newModelId": new} for old, new in catalog.deprecated.items()}
    inbound.answer_json(body)


async def retrieve_user_quota_summary(inbound: Inbound) -> None:
    """Both windows of both groups."""
    account, _, _ = await _enter(inbound, "QuotaRequest")
    groups: list[Json] = []
    for group, (name, members) in _GROUP_NAMES.items():
        readings = _readings(inbound, account, group)
        buckets: list[Json] = [
            _bucket(inbound, group, window, readings[window]) for window in ("weekly", "5h")
        ]
        about = f"Models within this group: {members}"
        groups.append({"displayName": name, "description": about, "buckets": buckets})
    inbound.answer_json({"groups": groups})


async def retrieve_user_quota(inbound: Inbound) -> None:
    """The older list of buckets, one for each model."""
    account, _, _ = await _enter(inbound, "QuotaRequest")
    buckets: list[Json] = []
    for model in inbound.world.catalog.models:
        reading = _readings(inbound, account, model.group)["5h"]
        bucket: dict[str, Json] = {"modelId": model.id, "tokenType": "REQUESTS"}
        if reading.fraction > 0:
            bucket |= {
                "remainingFraction": reading.fraction,
                "remainingAmount": str(int(reading.fraction * 1000)),
            }
        buckets.append(bucket | {"resetTime": rfc3339(reading.resets_at)})
    inbound.answer_json({"buckets": buckets})


async def _enter(inbound: Inbound, message: str) -> tuple[SimAccount, list[Fault], dict[str, Json]]:
    """The common way in: token, account, body, fault rules, latency."""
    world = inbound.world
    account = authenticate(inbound)
    if inbound.method != "loadCodeAssist":
        check_account(inbound, account)
    body = canonical_body(inbound, message)
    project = body.get("project")
    if isinstance(project, str) and project:
        inbound.entry.project = project
        if project != account.project:
            raise Refused(errors.iam_denied(project), why="the project belongs to somebody else")
    faults = await strike(inbound)
    await world.clock.sleep(PROFILES[world.profile].control_s(inbound.rng))
    inbound.entry.result = "accepted"
    return account, faults, body


def _tier(tier_id: str, *, is_default: bool) -> dict[str, Json]:
    tier: dict[str, Json] = {
        "id": tier_id,
        "name": TIER_NAMES.get(tier_id, "Antigravity"),
        "description": "Gemini-powered agentic development",
    }
    if is_default:
        tier["isDefault"] = True
    return tier


def _allowed_tiers() -> list[Json]:
    standard = _tier("standard-tier", is_default=False) | {"userDefinedCloudaicompanionProject": True}
    return [_tier("free-tier", is_default=True), standard]


def _ineligible_tier() -> dict[str, Json]:
    return {
        "reasonCode": "UNSUPPORTED_LOCATION",
        "reasonMessage": "Your current location is not eligible.",
        "tierId": "free-tier",
        "tierName": "Antigravity",
    }


def _operation_state(inbound: Inbound, operation: Operation, effects: dict[str, Fault]) -> dict[str, Json]:
    world = inbound.world
    if "onboard_error" in effects:
        world.operations.pop(operation.name, None)
        error: dict[str, Json] = {"code": 13, "message": "Internal error encountered."}
        return {"name": operation.name, "done": True, "error": error}
    if operation.polls_left > 0:
        operation.polls_left -= 1
        return {"name": operation.name, "done": False}
    response: dict[str, Json] = {"@type": _RESPONSE_TYPE}
    account = world.directory.by_id(operation.account_id)
    if account is not None and "onboard_no_project" not in effects and account.state != "no_project":
        account.has_project = True
        project: dict[str, Json] = {
            "id": account.project,
            "name": account.project,
            "projectNumber": "123456789012",
        }
        response["cloudaicompanionProject"] = project
    return {"name": operation.name, "done": True, "response": response}


def _readings(inbound: Inbound, account: SimAccount, group: str) -> dict[str, Reading]:
    world = inbound.world
    now = world.clock.now()
    return world.quota.readings(account.id, inbound.host, group, now, scale=account.quota_scale)


def _model_entry(inbound: Inbound, account: SimAccount, model: Model, effects: set[str]) -> dict[str, Json]:
    entry: dict[str, Json] = {"displayName": model.display_name}
    flags: Sequence[tuple[str, bool]] = (
        ("supportsImages", model.takes_media or model.makes_images),
        ("supportsVideo", model.family == "gemini" and model.takes_media),
        ("supportsThinking", model.can_think),
        ("recommended", not model.internal),
        ("isInternal", model.internal),
    )
    entry |= {name: True for name, is_set in flags if is_set}
    if model.can_think:
        entry["thinkingBudget"] = model.official_budget or min(model.thinking_max, 8192)
        if model.thinking_min:
            entry["minThinkingBudget"] = model.thinking_min
    entry |= {"maxTokens": model.context, "maxOutputTokens": model.max_output}
    if "models_no_quota" not in effects:
        entry["quotaInfo"] = _quota_info(inbound, account, model, effects)
    if model.enum_name:
        entry["model"] = model.enum_name
    api, provider = _PROVIDERS[model.family]
    entry |= {"apiProvider": api, "modelProvider": provider}
    if model.takes_media:
        entry["supportedMimeTypes"] = dict.fromkeys(MEDIA_TYPES, True)
    return entry


def _quota_info(inbound: Inbound, account: SimAccount, model: Model, effects: set[str]) -> dict[str, Json]:
    reading = _readings(inbound, account, model.group)["5h"]
    info: dict[str, Json] = {}
    if reading.fraction > 0 and "models_no_fraction" not in effects:
        info["remainingFraction"] = _rounded(reading.fraction)
    return info | {"resetTime": rfc3339(reading.resets_at)}


def _bucket(inbound: Inbound, group: str, window: str, reading: Reading) -> dict[str, Json]:
    bucket: dict[str, Json] = {
        "bucketId": f"{group}-{window}",
        "displayName": _WINDOW_NAMES[window],
        "window": window,
        "resetTime": rfc3339(reading.resets_at),
    }
    if reading.fraction > 0:
        bucket["remainingFraction"] = _rounded(reading.fraction)
    if reading.fraction < 1:
        hours, rest = divmod(int(reading.resets_at - inbound.world.clock.now()), 3600)
        left = (
            f"{hours // 24} days, {hours % 24} hours"
            if hours >= 24
            else f"{hours} hours, {rest // 60} minutes"
        )
        name = _WINDOW_NAMES[window].lower()
        bucket["description"] = f"You have used some of your {name}, it will fully refresh in {left}."
    return bucket


def _rounded(fraction: float) -> float | int:
    return 1 if fraction >= 1 else round(fraction, 8)

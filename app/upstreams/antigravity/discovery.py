"""What an account is: its project and tier, its models, its quota; and the set-up of a project where none is.

Models and quota are advice: when they cannot be read, the account is still good.
Source: upstream.md 2, 4.5, 8.
"""

from typing import TypeVar

import structlog

from app.clock import Clock
from app.errors import AccountRefused, CredentialRejected, GatewayError, UpstreamBroken, UpstreamError
from app.known_pages import is_known_page
from app.upstreams.antigravity.control import ControlCalls
from app.upstreams.antigravity.control_wire import (
    Assistance,
    IneligibleTier,
    Offer,
    Operation,
    QuotaSummary,
    Tier,
)
from app.upstreams.antigravity.endpoints import ControlMethod
from app.upstreams.antigravity.windows import windows_of_offer, windows_of_summary
from app.upstreams.base import Credential, Discovery, Window
from app.upstreams.gemini.cleaning import cleaned
from app.verdicts import ANY_NUMBER, Cool, Mark, Verdict

T = TypeVar("T")

FREE_TIER = "free-tier"
_METADATA = {"ideType": "ANTIGRAVITY"}
_ONBOARDING_METADATA = {
    "ideType": "ANTIGRAVITY",
    "platform": "PLATFORM_UNSPECIFIED",
    "pluginType": "GEMINI",
}

_log = structlog.get_logger(__name__)


async def discover(control: ControlCalls, clock: Clock, credential: Credential) -> Discovery:
    """Everything about an account. Raises an UpstreamError, with a mark where somebody must act."""
    assistance = await _load(control, credential)
    project = assistance.project or await _onboarded(control, clock, credential, assistance)
    body = {"project": project}
    offer = await _advice(control, "fetchAvailableModels", credential, body, Offer)
    summary = await _advice(control, "retrieveUserQuotaSummary", credential, body, QuotaSummary)
    return Discovery(
        project,
        tier=assistance.tier,
        models=_models(offer),
        windows=_windows(offer, summary),
        replaced=_replaced(offer),
    )


async def _load(control: ControlCalls, credential: Credential) -> Assistance:
    return await control.call("loadCodeAssist", credential, {"metadata": _METADATA}, Assistance)


async def _onboarded(
    control: ControlCalls, clock: Clock, credential: Credential, assistance: Assistance
) -> str:
    """The id of a project that is made for the account, which takes the upstream a few seconds."""
    tier = _tier_to_take(assistance)
    body = {"tierId": tier, "metadata": _ONBOARDING_METADATA}
    for poll in range(control.options.polls):
        if poll:
            await clock.sleep(control.options.poll_every_s)
        operation = await control.call("onboardUser", credential, body, Operation)
        if operation.error is not None:
            raise _no_project("onboarding", operation.error.message or "")
        if operation.done:
            return operation.project or await _project_after_all(control, credential)
    raise UpstreamBroken(
        "The upstream has not finished setting up a project.",
        kind="onboarding",
        verdict=Verdict(switches=ANY_NUMBER),
    )


async def _project_after_all(control: ControlCalls, credential: Credential) -> str:
    """An onboarding can be done without naming a project. Asking the other way is the one cure known."""
    project = (await _load(control, credential)).project
    if project is None:
        raise _no_project("no_project", "The onboarding ended without a project.")
    return project


def _tier_to_take(assistance: Assistance) -> str:
    """The plan to onboard with: the default one, unless its owner has to bring a project."""
    allowed = assistance.allowed_tiers or []
    if not allowed and assistance.ineligible_tiers:
        raise _ineligible(assistance.ineligible_tiers)
    usable = [tier for tier in allowed if tier.id and not tier.wants_own_project]
    if allowed and not usable:
        raise _no_project("own_project", "Every plan of this account needs a cloud project of its owner.")
    preferred: list[Tier | None] = [*(tier for tier in usable if tier.is_default), *usable]
    preferred.append(assistance.current_tier)
    return next((tier.id for tier in preferred if tier is not None and tier.id), FREE_TIER)


def _ineligible(tiers: list[IneligibleTier]) -> AccountRefused:
    to_verify = next((tier for tier in tiers if tier.reason_code == "VALIDATION_REQUIRED"), None)
    if to_verify is None:
        return _no_project("ineligible", tiers[0].reason_message or tiers[0].reason_code or "")
    url = to_verify.validation_url
    verdict = Verdict(
        switches=ANY_NUMBER,
        cool=Cool.LANE,
        mark=Mark.NEEDS_VERIFICATION,
        link=url if url is not None and is_known_page(url) else None,
    )
    said = cleaned(to_verify.reason_message or "")
    return AccountRefused(
        "The upstream refuses an account.", kind="needs_verification", verdict=verdict, detail=said
    )


def _no_project(kind: str, said: str) -> AccountRefused:
    verdict = Verdict(switches=ANY_NUMBER, cool=Cool.LANE, mark=Mark.PROJECT_ERROR)
    return AccountRefused(
        "The upstream gives an account no project.", kind=kind, verdict=verdict, detail=cleaned(said)
    )


async def _advice(
    control: ControlCalls,
    method: ControlMethod,
    credential: Credential,
    body: dict[str, str],
    answer: type[T],
) -> T | None:
    """An answer that is good to have. Only a refusal of the account itself is more than a pity."""
    try:
        return await control.call(method, credential, body, answer)
    except (CredentialRejected, AccountRefused):
        raise
    except GatewayError as error:
        kind = error.kind if isinstance(error, UpstreamError) else error.code
        _log.info("account advice not readable", method=method, kind=kind)
        return None


def _models(offer: Offer | None) -> tuple[str, ...] | None:
    """Every id that the account may use, also those that a list for people would hide."""
    if offer is None or not offer.models:
        return None
    more = (*(offer.web_search_model_ids or ()), *(offer.image_generation_model_ids or ()))
    return tuple(dict.fromkeys((*offer.models, *more)))


def _windows(offer: Offer | None, summary: QuotaSummary | None) -> tuple[Window, ...]:
    told = windows_of_summary(summary) if summary is not None else ()
    return told or (windows_of_offer(offer) if offer is not None else ())


def _replaced(offer: Offer | None) -> tuple[tuple[str, str], ...]:
    retired = (offer.deprecated_model_ids or {}) if offer is not None else {}
    return tuple((old, to.new_model_id) for old, to in retired.items() if to.new_model_id)

"""The control methods' JSON as structs: everything optional, unknown members ignored.

Never: rules. Source: upstream.md 2.2, 2.3, 4.5, 8.3.
"""

from msgspec import Struct


class Tier(Struct, frozen=True, rename="camel"):
    """A plan the account has or may take."""

    id: str | None = None
    is_default: bool | None = None
    user_defined_cloudaicompanion_project: bool | None = None

    @property
    def wants_own_project(self) -> bool:
        """Whether the account's owner has to bring a cloud project."""
        return bool(self.user_defined_cloudaicompanion_project)


class IneligibleTier(Struct, frozen=True, rename="camel"):
    """A plan that is refused, and why."""

    reason_code: str | None = None
    reason_message: str | None = None
    validation_url: str | None = None


class NamedProject(Struct, frozen=True):
    """A project, in the spelling that some answers use instead of its bare id."""

    id: str | None = None


class Assistance(Struct, frozen=True, rename="camel"):
    """Answer of `loadCodeAssist`."""

    current_tier: Tier | None = None
    paid_tier: Tier | None = None
    allowed_tiers: list[Tier] | None = None
    ineligible_tiers: list[IneligibleTier] | None = None
    cloudaicompanion_project: str | NamedProject | None = None

    @property
    def project(self) -> str | None:
        """The account's project, None when it has none yet."""
        return project_id(self.cloudaicompanion_project)

    @property
    def tier(self) -> str | None:
        """The plan in effect: what is paid for, else what is current."""
        return (self.paid_tier and self.paid_tier.id) or (self.current_tier and self.current_tier.id) or None


class Onboarded(Struct, frozen=True, rename="camel"):
    """What a finished onboarding made."""

    cloudaicompanion_project: str | NamedProject | None = None


class OperationError(Struct, frozen=True):
    """Why an onboarding failed."""

    message: str | None = None


class Operation(Struct, frozen=True):
    """Answer of `onboardUser`: still running, or done."""

    done: bool | None = None
    response: Onboarded | None = None
    error: OperationError | None = None

    @property
    def project(self) -> str | None:
        """The new project, None while there is none."""
        return project_id(self.response.cloudaicompanion_project) if self.response else None


class QuotaInfo(Struct, frozen=True, rename="camel"):
    """A model's quota. The fraction is left out when it is zero."""

    remaining_fraction: float | None = None
    reset_time: str | None = None


class OfferedModel(Struct, frozen=True, rename="camel"):
    """One entry of the model list."""

    quota_info: QuotaInfo | None = None
    api_provider: str | None = None


class Successor(Struct, frozen=True, rename="camel"):
    """What to use instead of a retired model."""

    new_model_id: str | None = None


class Offer(Struct, frozen=True, rename="camel"):
    """Answer of `fetchAvailableModels`."""

    models: dict[str, OfferedModel] | None = None
    web_search_model_ids: list[str] | None = None
    image_generation_model_ids: list[str] | None = None
    deprecated_model_ids: dict[str, Successor] | None = None


class QuotaBucket(Struct, frozen=True, rename="camel"):
    """One window of a quota group."""

    bucket_id: str | None = None
    window: str | None = None
    display_name: str | None = None
    remaining_fraction: float | None = None
    reset_time: str | None = None
    disabled: bool | None = None


class QuotaGroup(Struct, frozen=True, rename="camel"):
    """Models that drain together."""

    display_name: str | None = None
    buckets: list[QuotaBucket] | None = None


class QuotaGroups(Struct, frozen=True):
    """The list of groups, where it is wrapped once more."""

    groups: list[QuotaGroup] | None = None


class QuotaSummary(Struct, frozen=True, rename="camel"):
    """Answer of `retrieveUserQuotaSummary`, in both spellings that were seen."""

    groups: list[QuotaGroup] | None = None
    quota_summary: QuotaGroups | None = None

    @property
    def all_groups(self) -> list[QuotaGroup]:
        """The groups, wherever they stand."""
        return self.groups or (self.quota_summary and self.quota_summary.groups) or []


def project_id(said: str | NamedProject | None) -> str | None:
    """The id of a project in either spelling; an empty one is none."""
    return (said.id if isinstance(said, NamedProject) else said) or None

"""Checks 14 and 15: generationConfig against the model's limits, then the size of the prompt.

Source: upstream.md 4.4, 5.9 to 5.11, 7.2 e.
"""

from app.simulator.case import Case
from app.simulator.generate import is_thinking
from app.simulator.validate_tools import schema_problems
from app.simulator.wire import GenerationConfig, ThinkingConfig

_RATIOS = frozenset({"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"})
_SIZES = frozenset({"1K", "2K", "4K"})
_MAX_STOPS = 5
_CLAUDE_MIN_BUDGET = 1024
_BUDGET_RULE = (
    "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at "
    "https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size"
)


def check_config(case: Case) -> None:
    """Refuse values out of range and combinations that the model does not take."""
    config = case.request.generation_config
    if config.candidate_count not in {None, 1}:
        case.refuse("Multiple candidates is not enabled for this model")
    _check_limit(case, config)
    _check_stops(case, config)
    if config.thinking_config is not None:
        _check_thinking(case, config, config.thinking_config)
    if case.is_claude:
        _check_claude_sampling(case, config)
    elif config.presence_penalty or config.frequency_penalty:
        case.refuse("Penalty is not enabled for this model")
    _check_schema(case, config)
    _check_picture(case, config)
    _check_safety(case)


def check_context(case: Case) -> None:
    """Refuse a prompt that is larger than the model's window."""
    limit, size = case.model.context, case.prompt_tokens
    if size <= limit:
        return
    if case.is_claude:
        case.refuse_nested(f"prompt is too long: {size} tokens > {limit} maximum")
    case.refuse(f"The input token count ({size}) exceeds the maximum number of tokens allowed ({limit}).")


def _check_limit(case: Case, config: GenerationConfig) -> None:
    limit = config.max_output_tokens
    if limit is None or (case.model.makes_images and limit > 0):
        return
    if limit < 1:
        case.refuse()
    if limit > case.model.max_output:
        if case.is_claude:
            case.refuse_nested(
                f"max_tokens: {limit} > {case.model.max_output}, which is the maximum allowed number of "
                f"output tokens for {case.model.id}"
            )
        case.refuse()


def _check_stops(case: Case, config: GenerationConfig) -> None:
    if any(not word.strip() for word in config.stop_sequences):
        if case.is_claude:
            case.refuse_nested("stop_sequences: each stop sequence must contain non-whitespace")
        case.refuse()
    if case.model.family == "gemini" and len(config.stop_sequences) > _MAX_STOPS:
        case.refuse()


def _check_thinking(case: Case, config: GenerationConfig, thinking: ThinkingConfig) -> None:
    model, budget, level = case.model, thinking.thinking_budget, thinking.thinking_level
    if budget is not None and level is not None:
        case.refuse("You can only set only one of thinking budget and thinking level.")
    if not model.can_think:
        if budget or level:
            case.refuse("Thinking is not supported by this model.")
        return
    if level is not None and level.lower() not in model.levels:
        case.refuse("Thinking level is not supported for this model.")
    if budget is None:
        return
    if budget == -1:
        if not model.thinking_dynamic:
            case.refuse()
    elif budget == 0:
        if not model.thinking_off:
            case.refuse("Budget 0 is invalid. This model only works in thinking mode.")
    elif case.is_claude:
        _check_claude_budget(case, config, budget)
    elif not model.thinking_min <= budget <= model.thinking_max:
        case.refuse(
            f"The thinking budget {budget} is invalid. "
            f"Please choose a value between {model.thinking_min} and {model.thinking_max}."
        )


def _check_claude_budget(case: Case, config: GenerationConfig, budget: int) -> None:
    if budget < _CLAUDE_MIN_BUDGET:
        case.refuse_nested("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
    if budget >= (config.max_output_tokens or case.model.max_output):
        case.refuse_nested(_BUDGET_RULE)


def _check_claude_sampling(case: Case, config: GenerationConfig) -> None:
    if config.temperature is not None and config.top_p is not None:
        case.refuse_nested(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
        )
    if config.temperature is not None and not 0 <= config.temperature <= 1:
        case.refuse_nested("temperature: range: 0..1")
    if not is_thinking(case.model, case.request):
        return
    if config.temperature not in {None, 1}:
        case.refuse_nested("`temperature` may only be set to 1 when thinking is enabled.")
    if config.top_k is not None:
        case.refuse_nested("`top_k` must be unset when thinking is enabled.")
    if config.top_p is not None and config.top_p < 0.95:
        case.refuse_nested("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.")


def _check_schema(case: Case, config: GenerationConfig) -> None:
    schema = config.response_schema
    if schema is None and config.response_json_schema is None:
        return
    if case.is_claude or (schema is not None and config.response_json_schema is not None):
        case.refuse()
    if config.response_mime_type != "application/json":
        case.refuse("Response schema is only supported with response mime type: 'application/json'.")
    problems = list(schema_problems(schema or {}, "GenerateContentRequest.generation_config.response_schema"))
    # Members of an enum are told by their declared type in answers, so that other types than STRING are fine
    # here.
    wrong = [problem for problem in problems if "only allowed for STRING" not in problem]
    if wrong:
        case.refuse("".join(f"* {problem}\n" for problem in wrong))


def _check_picture(case: Case, config: GenerationConfig) -> None:
    picture = config.image_config
    if case.model.makes_images:
        if picture is not None and (picture.aspect_ratio not in _RATIOS or picture.image_size not in _SIZES):
            case.refuse()
        return
    if picture is not None or "IMAGE" in config.response_modalities:
        case.refuse()


def _check_safety(case: Case) -> None:
    is_lite = case.model.id == "gemini-2.5-flash-lite"
    categories = {setting.category for setting in case.request.safety_settings}
    if is_lite and "HARM_CATEGORY_CIVIC_INTEGRITY" in categories:
        case.refuse()

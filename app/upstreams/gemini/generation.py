"""Wishes about the generation to `generationConfig`, within what the model takes.

Hints that a model does not take are left out with a note. Thinking comes settled and is only spelled.
Source: anthropic.md 7, 8.4; openai.md 5.1; upstream.md 4.4, 5.9, 5.11.
"""

from typing import Final

from msgspec import Raw

from app.catalog.profile import ModelProfile
from app.ir.prompt import Prompt, Thinking
from app.upstreams.gemini.wire import NOTHING, SentGeneration, SentImage, SentThinking

LEAST_CLAUDE_BUDGET: Final = 1_024
ROOM_AFTER_THINKING: Final = 32_768
MOST_STOPS: Final = 5
LEAST_TOP_P_WHEN_THINKING: Final = 0.95

CLAMPED: Final = "max-tokens-clamped"
DROPPED: Final = "params-dropped"


class GenerationWriter:
    """Writes the settings of one request; `notes` are the words about what was left out."""

    def __init__(self, prompt: Prompt, profile: ModelProfile) -> None:
        self.notes: list[str] = []
        self._prompt = prompt
        self._profile = profile
        self._is_claude = profile.family == "claude"

    def write(
        self, schema: Raw = NOTHING, *, as_json: bool = False, may_think: bool = True
    ) -> SentGeneration:
        """The settings. `as_json` and `schema` ask for JSON by the upstream's own means."""
        prompt, sampling = self._prompt, self._prompt.sampling
        thinking = prompt.thinking if may_think and self._profile.thinking is not None else Thinking()
        limit = self._limit(thinking)
        temperature, top_p, top_k = self._sampling(thinking)
        if sampling.seed is not None:
            self._drop()
        return SentGeneration(
            max_output_tokens=limit,
            temperature=temperature,
            top_p=top_p,
            top_k=top_k,
            stop_sequences=self._stops() or None,
            candidate_count=1,
            thinking_config=self._thinking(thinking, limit),
            response_mime_type="application/json" if as_json else None,
            response_schema=schema,
            response_modalities=self._modalities(),
            image_config=self._image(),
        )

    def _drop(self) -> None:
        if DROPPED not in self.notes:
            self.notes.append(DROPPED)

    def _limit(self, thinking: Thinking) -> int | None:
        asked, most = self._prompt.sampling.max_tokens, self._profile.max_output
        if asked is None:
            if not (self._is_claude and thinking.mode == "on"):
                return None
            asked = self._budget(thinking) + ROOM_AFTER_THINKING
        elif most is not None and asked > most:
            self.notes.append(CLAMPED)
        return asked if most is None else min(asked, most)

    def _sampling(self, thinking: Thinking) -> tuple[float | None, float | None, int | None]:
        sampling = self._prompt.sampling
        temperature, top_p, top_k = sampling.temperature, sampling.top_p, sampling.top_k
        if self._is_claude:
            if temperature is not None:
                top_p = None
            if thinking.mode == "on":
                temperature = top_k = None
                top_p = top_p if top_p is not None and top_p >= LEAST_TOP_P_WHEN_THINKING else None
        if (temperature, top_p, top_k) != (sampling.temperature, sampling.top_p, sampling.top_k):
            self._drop()
        most = 1.0 if self._is_claude else 2.0
        return _within(temperature, most), _within(top_p, 1.0), top_k

    def _stops(self) -> list[str]:
        """Blank entries are refused by all, more than five by Gemini."""
        asked = list(dict.fromkeys(stop for stop in self._prompt.stop if stop))
        stops = [stop for stop in asked if stop.strip()]
        if self._profile.family == "gemini":
            stops = stops[:MOST_STOPS]
        if len(stops) < len(asked):
            self._drop()
        return stops

    def _budget(self, thinking: Thinking) -> int:
        return self._profile.default_budget if thinking.budget is None else thinking.budget

    def _thinking(self, thinking: Thinking, limit: int | None) -> SentThinking | None:
        able = self._profile.thinking
        if able is None or thinking.mode == "default":
            return None
        if thinking.mode == "off":
            if able.style == "level" and able.levels:
                return SentThinking(include_thoughts=False, thinking_level=able.levels[0])
            return _NO_BUDGET if able.can_stop else _NOT_SHOWN
        match able.style:
            case "none":
                return SentThinking(include_thoughts=True)
            case "level":
                level = thinking.effort if thinking.effort in able.levels else None
                return SentThinking(include_thoughts=True, thinking_level=level)
            case "budget":
                return self._with_budget(self._budget(thinking), limit)

    def _with_budget(self, budget: int, limit: int | None) -> SentThinking:
        """Claude wants the budget below the limit, and refuses a small one."""
        if self._is_claude and limit is not None:
            budget = min(budget, limit - 1)
        if self._is_claude and budget < LEAST_CLAUDE_BUDGET:
            return _NO_BUDGET
        return SentThinking(include_thoughts=True, thinking_budget=budget)

    def _modalities(self) -> list[str] | None:
        asked = [word.upper() for word in self._prompt.output.modalities]
        if "IMAGE" not in asked:
            return None
        if not self._profile.images_out:
            self._drop()
            return None
        return asked

    def _image(self) -> SentImage | None:
        output = self._prompt.output
        if output.aspect_ratio is None and output.image_size is None:
            return None
        if not self._profile.images_out:
            self._drop()
            return None
        return SentImage(output.aspect_ratio, output.image_size)


_NO_BUDGET: Final = SentThinking(include_thoughts=False, thinking_budget=0)
_NOT_SHOWN: Final = SentThinking(include_thoughts=False)


def _within(value: float | None, most: float) -> float | None:
    return None if value is None else min(max(value, 0.0), most)

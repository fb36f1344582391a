"""The upstream's token counts to Usage.

Counts are cumulative and may come on any chunk, also after the finish; the last value of each member holds.
Source: upstream.md 6.5, openai.md 8.4, anthropic.md 16.
"""

from app.ir.usage import Usage
from app.upstreams.gemini.wire import Tokens

_PLACEHOLDER = (1, 1, 2)
"""Prompt, candidates, total of the first Claude chunks: until the finish it says that nothing is known."""


class TokenCount:
    """Keeps the last value of each count, as told; whoever asks gets none below zero.

    `is_final` is set by whoever knows that counts came with the finish or after it.

    see(prompt 9, total 12) see(candidates 3) -> usage() has prompt 9, output 3
    """

    def __init__(self) -> None:
        self.prompt = 0
        self.candidates: int | None = None
        self.total: int | None = None
        self.thoughts = 0
        self.cached = 0
        self.tool_prompt = 0
        self.seen = False
        self.is_final = False

    def see(self, tokens: Tokens) -> None:
        """Take over what `tokens` says."""
        self.seen = True
        if tokens.prompt_token_count is not None:
            self.prompt = tokens.prompt_token_count
        if tokens.candidates_token_count is not None:
            self.candidates = tokens.candidates_token_count
        if tokens.total_token_count is not None:
            self.total = tokens.total_token_count
        if tokens.thoughts_token_count is not None:
            self.thoughts = tokens.thoughts_token_count
        if tokens.cached_content_token_count is not None:
            self.cached = tokens.cached_content_token_count
        if tokens.tool_use_prompt_token_count is not None:
            self.tool_prompt = tokens.tool_use_prompt_token_count

    @property
    def is_zero(self) -> bool:
        """Whether nothing is known, or nothing but zeros."""
        counts = (self.prompt, self.candidates, self.total, self.thoughts)
        return not any(count is not None and count > 0 for count in counts)

    def usage(self, searches: int = 0) -> Usage:
        """The counts as they stand."""
        counts = (self.prompt, self.candidates, self.total)
        if not self.seen or (counts == _PLACEHOLDER and not self.is_final):
            return Usage(searches=searches)
        thoughts = max(0, self.thoughts)
        prompt = max(0, self.prompt) + max(0, self.tool_prompt)
        told = self.candidates
        candidates = (self.total or 0) - prompt - thoughts if told is None else told
        return Usage(
            prompt=prompt,
            cached=min(max(0, self.cached), prompt),
            output=max(0, candidates) + thoughts,
            thoughts=thoughts,
            searches=searches,
            known=True,
        )

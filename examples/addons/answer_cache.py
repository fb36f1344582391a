"""Answers a request that does not stream from memory, when the same key has asked exactly the same before.

[addons.answer_cache]
entries = 500
"""

from collections import OrderedDict

from app.addon import Addon, Answer, Collector, End, Event, Flow, Loader, Struct


class Options(Struct):
    entries: int = 0
    """Answers that are kept, the newest; 0 keeps none."""


class AnswerCache(Addon):
    name = "answer_cache"
    options = Options

    def load(self, loader: Loader) -> None:
        self._answers: OrderedDict[object, Answer] = OrderedDict()

    def configure(self, options: Options) -> None:
        self._entries = options.entries

    @property
    def active(self) -> bool:
        return self._entries > 0

    async def prompt_read(self, flow: Flow) -> None:
        if flow.streams or flow.endpoint.operation != "generate":
            return
        question = (flow.known_caller.key_id, flow.dialect.name, flow.prompt)
        known = self._answers.get(question)
        if known is not None:
            self._answers.move_to_end(question)
            flow.answer(known)
        else:
            flow.memo[self.name] = question

    async def attempt_started(self, flow: Flow, attempt: object) -> None:
        flow.memo[f"{self.name} heard"] = Collector()

    def event(self, flow: Flow, event: Event) -> Event:
        if self.name in flow.memo:
            heard: Collector = flow.memo[f"{self.name} heard"]
            heard.feed(event)
            if isinstance(event, End) and event.reason == "stop":
                self._answers[flow.memo[self.name]] = heard.answer()
                while len(self._answers) > self._entries:
                    self._answers.popitem(last=False)
        return event


addons = [AnswerCache()]

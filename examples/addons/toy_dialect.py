"""A client API of one's own: `curl localhost:3000/toy -H 'x-api-key: ...' -d 'Why is the sky blue?'`"""

import json
from collections.abc import Mapping
from typing import ClassVar, Never

from app.addon import Addon, Answer, Endpoint, GatewayError, Ids, Loader, Params, Prompt, Text, Turn


class Toy:
    name: ClassVar[str] = "toy"
    endpoints: ClassVar[tuple[Endpoint, ...]] = (Endpoint("POST", "/toy", "generate"),)
    accepts_empty: ClassVar[bool] = True
    commit_wait_s: ClassVar[float] = 0.0

    def claims(self, path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        return path == "/toy"

    def canonical(self, path: str) -> str:
        return path

    def unknown(self, path: str) -> None:
        return None

    def parse(self, endpoint: Endpoint, body: bytes, params: Params) -> Prompt:
        return Prompt("gemini-2.5-flash", (Turn("user", (Text(body.decode("utf-8", "replace")),)),))

    def render(self, prompt: Prompt, answer: Answer, ids: Ids, created: int) -> bytes:
        said = "".join(piece.text for piece in answer.pieces if isinstance(piece, Text))
        return json.dumps({"say": said}).encode()

    def refuse(self, error: GatewayError, request_id: str) -> bytes:
        return json.dumps({"sorry": error.message}).encode()

    def status(self, error: GatewayError) -> int:
        return error.status

    def headers(self, request_id: str, took_ms: int) -> dict[str, str]:
        return {"x-request-id": request_id}

    def _never(self, *_: object) -> Never:
        raise AssertionError("a toy neither streams, nor counts, nor lists models")

    writer = render_count = list_models = show_model = _never


class ToyDialect(Addon):
    name = "toy_dialect"

    def load(self, loader: Loader) -> None:
        loader.add_dialect(Toy())


addons = [ToyDialect()]

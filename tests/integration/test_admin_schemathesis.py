"""The admin API against its own document: no 5xx, no status and no shape that is not documented.

The gateway runs in a thread with a loop of its own; requests go over its socket. Spec: architecture.md 14.
"""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.browser import PASSWORD
from tests.support.world import a_world

DOCUMENT = "/admin/api/openapi.json"
EXAMPLES = 6
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
START_S = 60.0


class Running:
    """A gateway in a thread of its own."""

    def __init__(self) -> None:
        self.url = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="gateway")

    def __enter__(self) -> "Running":
        self._thread.start()
        assert self._ready.wait(START_S), "the gateway did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with a_world(admin_password=PASSWORD) as world:
            self.url = world.base_url
            self._ready.set()
            await self._stop.wait()


@pytest.fixture(scope="module")
def gateway() -> Iterator[Running]:
    with Running() as running:
        yield running


# schemathesis draws from `random` within its own strategies, which hypothesis dislikes.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.timeout(240)
def test_the_api_does_what_its_document_says(gateway: Running) -> None:
    """Every operation, valid and invalid, with the same few examples each time."""
    with requests.Session() as session:
        session.trust_env = False
        # The password itself: a session would not survive the operations that end sessions.
        session.headers["authorization"] = f"Bearer {PASSWORD}"
        document = session.get(gateway.url + DOCUMENT, timeout=START_S).json()
        schema = schemathesis.openapi.from_dict(document)
        wrong: dict[str, str] = {}
        tried = set()
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            tried.add(operation.label)
            try:
                _walk(operation, gateway.url, session)
            except BaseExceptionGroup as failures:
                wrong[operation.label] = "; ".join(map(str, failures.exceptions))

    assert wrong == {}
    assert tried == {f"{method.upper()} {path}" for path, of in document["paths"].items() for method in of}


def _walk(operation: APIOperation[Any, Any, Any, Any], url: str, session: requests.Session) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Case[Any]) -> None:
        reply = case.call(base_url=url, session=session, timeout=START_S)
        case.validate_response(reply, checks=CHECKS)

    one()


def test_the_document_lists_only_what_an_operation_can_answer(gateway: Running) -> None:
    """No clash where nothing can clash, nothing too large where nothing is sent; files by their real kind."""
    headers = {"authorization": f"Bearer {PASSWORD}"}
    document = requests.get(gateway.url + DOCUMENT, headers=headers, timeout=START_S).json()
    told = {
        f"{method.upper()} {path.removeprefix('/admin/api')}": operation["responses"]
        for path, of in document["paths"].items()
        for method, operation in of.items()
    }
    kinds = {
        "GET /log.txt": "text/plain",
        "GET /usage.csv": "text/csv",
        "GET /backups/{name}": "application/vnd.sqlite3",
        "GET /requests/{request_id}/text": "text/plain",
        "GET /requests/{request_id}/record": "text/plain",
        "POST /accounts/export": "application/json",
    }

    assert {name: list(told[name]["200"]["content"]) for name in kinds} == {
        name: [kind] for name, kind in kinds.items()
    }
    assert not any(
        "*/*" in answer.get("content", {}) for answers in told.values() for answer in answers.values()
    )
    assert not any(
        "409" in answers or "413" in answers for name, answers in told.items() if name.startswith("GET")
    )
    for name in ("POST /refreshes", "POST /keys/{key}/rotate", "PUT /settings/{name}", "PUT /models/aliases"):
        assert "409" in told[name], name
    for name in ("POST /keys", "DELETE /accounts/{account}", "POST /session"):
        assert "409" not in told[name], name
    assert {"502", "504"} <= set(told["POST /accounts"])
    assert "404" not in told["GET /system"]

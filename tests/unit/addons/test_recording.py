"""One flow as a play. Source: architecture.md 15."""

import json

from app.addons.recording import Ear, play_of
from app.errors import LimitReached, RateLimited, StreamCut
from app.flow import Flow
from app.observe.redaction import Redactor
from app.wire.play import Line
from tests.support.flows import a_body, a_flow, an_attempt

ASKED = a_body(stream=False)


def lines_of(flow: Flow, ear: Ear) -> list[Line]:
    return play_of(flow, ear, Redactor(["a-known-secret"]), "now").lines


def test_a_refusal_of_the_gateway_is_what_the_client_heard() -> None:
    flow = a_flow()
    flow.error = LimitReached("Enough.", retry_after_s=5)

    asked, heard = lines_of(flow, Ear(asked=ASKED))

    assert asked.rest == "POST /v1/chat/completions"
    assert heard.rest == "429 retry-after=5 retry-after-ms=5000"
    assert json.loads(heard.body)["error"]["message"] == "Enough."


def test_attempts_that_were_refused_or_cut_show_what_the_upstream_said() -> None:
    flow = a_flow()
    refused = RateLimited("Slow down.", upstream_status=429)
    refused.raw = b'{"error": {"code": 429}}'
    an_attempt(flow, error=refused)
    an_attempt(flow, error=StreamCut("It broke.", kind="reset"))
    ear = Ear(ASKED, {2: bytearray(b"data: 1\r\n\r\n")}, bytearray(b"data: x\n\n"))
    flow.outbox.put(b"x")

    _, _, first, _, second, heard = lines_of(flow, ear)

    assert (first.rest, json.loads(first.body)) == ("429", {"error": {"code": 429}})
    assert (second.rest, second.text) == ("200", ["data: 1", "(cut)"])
    assert heard.text == ["data: x"]


def test_known_secrets_and_files_are_taken_out_and_a_body_that_is_no_json_stays() -> None:
    picture = "QUJD" * 30
    asked = f'not json a-known-secret data:image/png;base64,{picture} "data": "{picture}"'

    line = lines_of(a_flow(), Ear(asked=asked.encode()))[0]

    assert picture not in line.body
    assert "a-known-secret" not in line.body
    assert line.body.count("(90 bytes, sha256 ") == 2


def test_notes_are_told() -> None:
    flow = a_flow(stream=False)
    flow.note("one")

    assert lines_of(flow, Ear(ASKED, answered=bytearray(b"{}")))[-1].rest == "200 notes=one"

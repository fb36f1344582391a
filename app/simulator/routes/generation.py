"""`streamGenerateContent`, `generateContent` and `countTokens`: from the request to the last byte.

The order of the checks is that of upstream.md 9.3; each step lives in a module of its own.
"""

from msgspec import Struct

from app.simulator import directives, limits
from app.simulator.accounts import SimAccount
from app.simulator.admission import Admitted, VersionGate, admit, authenticate, canonical_body, check_account
from app.simulator.case import Case
from app.simulator.catalog import Model
from app.simulator.chunks import AnswerIds, Chunk, event_text, make_ids, whole_body
from app.simulator.delivery import Delivery, plan_wire
from app.simulator.deviations import deviate
from app.simulator.directives import Wishes
from app.simulator.errors import ErrorReply, Refused, generic_400, not_found
from app.simulator.faults import Fault
from app.simulator.generate import Brief, generate
from app.simulator.inbound import JSON_TYPE, STREAM_TYPE, Inbound
from app.simulator.render import Json
from app.simulator.state import Script
from app.simulator.striking import carry_out, gzip_wish, strike
from app.simulator.timing import PROFILES
from app.simulator.tokens import count_prompt, count_text, prompt_pieces
from app.simulator.validate import validate
from app.simulator.wire import GenerateRequest, envelope, last_user_text


class _Job(Struct, kw_only=True):
    """An accepted request with what its answer depends on."""

    account: SimAccount
    model: Model
    request: GenerateRequest
    wishes: Wishes
    text: str
    prompt_tokens: int
    faults: list[Fault]
    script: Script | None
    price: int


async def generation(inbound: Inbound) -> None:
    """Both generating methods."""
    journal = inbound.world.journal
    journal.stream_opened()
    try:
        await _generation(inbound)
    finally:
        journal.stream_closed(aborted=inbound.exchange.is_gone)


async def _generation(inbound: Inbound) -> None:
    world = inbound.world
    timing = PROFILES[world.profile]
    try:
        job = await _accept(inbound)
    except Refused as refused:
        inbound.entry.result = f"refused: {refused.why}"
        _tell_watch(inbound, refused.reply)
        await world.clock.sleep(timing.error_s(refused.reply.status, inbound.rng))
        inbound.answer_error(refused.reply, gzip=gzip_wish(inbound))
        return
    except VersionGate as gate:
        inbound.entry.result = "version gate"
        _answer_gate(inbound, gate.text)
        return
    inbound.entry.result = "accepted"
    key = (inbound.host, job.model.id)
    world.live_streams[key] += 1
    try:
        await world.clock.sleep(timing.headers_s(inbound.rng))
        await _answer(inbound, job)
    finally:
        world.live_streams[key] -= 1


async def count_tokens(inbound: Inbound) -> None:
    """`countTokens`: by the same tokenizer as the bills; thoughts make it fail."""
    try:
        account = authenticate(inbound)
        check_account(inbound, account)
        asked = envelope(canonical_body(inbound, "CountEnvelope"))
        inbound.entry.model = asked.request.model.removeprefix("models/")
        if asked.request.model and inbound.world.model_for(asked.request.model, account) is None:
            raise Refused(not_found(), why="there is no such model")
        parts = [part for turn in asked.request.contents for part in turn.parts]
        if not parts or any(part.thought for part in parts):
            raise Refused(generic_400(), why="there is nothing to count, or a thought")
        await strike(inbound)
    except Refused as refused:
        inbound.entry.result = f"refused: {refused.why}"
        inbound.answer_error(refused.reply)
        return
    inbound.answer_json({"totalTokens": count_prompt(asked.request)})


async def _accept(inbound: Inbound) -> _Job:
    admitted = admit(inbound)
    world = inbound.world
    request = admitted.envelope.request
    raw_text = last_user_text(request)
    # A text with wishes of its own is not held to those of the scenario.
    wished = raw_text if world.directives and "[[sim:" in raw_text else world.knobs.standing_directives
    wishes = directives.parse(wished)
    prompt_tokens = count_prompt(request)
    _validate(inbound, admitted, prompt_tokens)
    account, model = admitted.account, admitted.model
    if world.clock.mode != "virtual":
        world.watch.called(account.id, model.id, inbound.host, world.clock.now())
    occasion = limits.occasion_of(
        inbound, model=model, text=raw_text, request_type=admitted.envelope.request_type
    )
    faults = [*world.strike(occasion), *wishes.faults]
    await carry_out(inbound, faults)
    limits.check_rate(inbound, account, model)
    pays = "GOOGLE_ONE_AI" in admitted.envelope.enabled_credit_types
    price = limits.check_quota(inbound, account, model, pays=pays)
    limits.check_capacity(inbound, model)
    return _Job(
        account=account,
        model=model,
        request=request,
        wishes=wishes,
        text=directives.strip(raw_text),
        prompt_tokens=prompt_tokens,
        faults=faults,
        script=world.scripts.pick(occasion),
        price=price,
    )


def _validate(inbound: Inbound, admitted: Admitted, prompt_tokens: int) -> None:
    world = inbound.world
    case = Case(
        model=admitted.model,
        request=admitted.envelope.request,
        rng=inbound.rng,
        smith=world.smith,
        prompt_tokens=prompt_tokens,
        strictness=world.knobs.signature_strictness,
        signatures_of_every_group=world.knobs.signatures_of_every_group,
        corrupted_as_vertex=world.knobs.corrupted_signature_as_vertex,
    )
    validate(case, world.knobs.checks_off)


async def _answer(inbound: Inbound, job: _Job) -> None:
    world = inbound.world
    ids = make_ids(job.model.family, job.model.id, inbound.rng, has_metadata=world.knobs.metadata_member)
    chunks = _script_chunks(job) if job.script is not None else generate(_brief(inbound, job))
    if job.price and chunks:
        chunks[-1].extra = _credit_members(job)
    chunks = deviate(chunks, job.faults, limits.facts_of(inbound))
    usage = chunks[-1].usage if chunks else None
    total = usage.get("totalTokenCount", 0) if usage else 0
    limits.spend_quota(inbound, job.account, job.model, int(total) if isinstance(total, int) else 0)
    is_plain = any(fault.effect == "json_for_sse" for fault in job.faults)
    if inbound.method == "generateContent" or is_plain:
        inbound.answer_json(whole_body(chunks, ids))
    elif inbound.query.get("alt") == "sse":
        await _stream(inbound, job, chunks, ids)
    else:
        _answer_array(inbound, chunks, ids)


async def _stream(inbound: Inbound, job: _Job, chunks: list[Chunk], ids: AnswerIds) -> None:
    world = inbound.world
    knobs = world.knobs
    plan = plan_wire(
        job.faults,
        line_end=knobs.line_end,
        gzip=knobs.gzip_streams and inbound.accepts_gzip(),
        stamps=knobs.sim_sent_ns,
    )
    delivery = Delivery(
        inbound.exchange, plan, world.clock, PROFILES[world.profile], job.model.pace, inbound.rng
    )
    headers = [*inbound.headers(STREAM_TYPE, trace_id=ids.trace_id), ("Content-Disposition", "attachment")]
    try:
        await delivery.run(chunks, ids, headers, job.prompt_tokens)
    finally:
        inbound.entry.chunks_out = delivery.chunks_out


def _answer_array(inbound: Inbound, chunks: list[Chunk], ids: AnswerIds) -> None:
    """Without `alt=sse` a stream is one JSON array."""
    exchange = inbound.exchange
    exchange.start(200, inbound.headers(JSON_TYPE, trace_id=ids.trace_id))
    for index, chunk in enumerate(chunks):
        exchange.write((b",\r\n" if index else b"[") + event_text(chunk, ids).encode())
    exchange.write(b"]" if chunks else b"[]")
    exchange.finish()


def _brief(inbound: Inbound, job: _Job) -> Brief:
    world, knobs = inbound.world, inbound.world.knobs
    cached = 0
    if knobs.use_cache and job.request.session_id:
        key = (job.account.id, job.request.session_id)
        cached = world.cache.cached_tokens(key, prompt_pieces(job.request), world.clock.now())
    return Brief(
        model=job.model,
        request=job.request,
        rng=inbound.rng,
        smith=world.smith,
        wishes=job.wishes,
        text=job.text,
        prompt_tokens=job.prompt_tokens,
        cached_tokens=cached,
        gemini_call_ids=knobs.gemini_call_ids,
        echo=knobs.echo,
        text_tokens=knobs.text_tokens,
        image_bytes=knobs.image_bytes,
    )


def _script_chunks(job: _Job) -> list[Chunk]:
    script = job.script
    if script is None or not script.parts:
        return []
    said = sum(count_text(str(part.get("text", ""))) for part in script.parts)
    usage: dict[str, Json] = {"promptTokenCount": job.prompt_tokens, "candidatesTokenCount": said}
    usage["totalTokenCount"] = job.prompt_tokens + said
    if script.usage is not None:
        usage = dict(script.usage)
    chunks = [
        Chunk(
            parts=[dict(part)],
            usage=usage,
            tokens=count_text(str(part.get("text", ""))),
            is_thought=bool(part.get("thought")),
        )
        for part in script.parts
    ]
    chunks[-1].finish = script.finish
    return chunks


def _credit_members(job: _Job) -> dict[str, Json]:
    """What the last event says of credits that were spent."""

    def credits_of(amount: int) -> list[Json]:
        return [{"creditType": "GOOGLE_ONE_AI", "creditAmount": str(amount)}]

    return {
        "consumedCredits": credits_of(job.price),
        "remainingCredits": credits_of(job.account.credits or 0),
    }


def _answer_gate(inbound: Inbound, text: str) -> None:
    if inbound.world.knobs.version_rendering == "text":
        inbound.answer_error(ErrorReply(200, raw=text.encode(), content_type="text/plain; charset=utf-8"))
        return
    ids = make_ids("gemini", inbound.entry.model, inbound.rng, has_metadata=False)
    chunks = [Chunk(parts=[{"text": text}], finish="STOP")]
    if inbound.method == "generateContent":
        inbound.answer_json(whole_body(chunks, ids))
        return
    inbound.exchange.start(200, inbound.headers(STREAM_TYPE, trace_id=ids.trace_id))
    inbound.exchange.write(f"data: {event_text(chunks[0], ids)}\r\n\r\n".encode())
    inbound.exchange.finish()


def _tell_watch(inbound: Inbound, reply: ErrorReply) -> None:
    world, entry = inbound.world, inbound.entry
    wait = limits.announced_wait_s(reply)
    if wait is not None:
        world.watch.told_to_wait(entry.account, entry.model, inbound.host, world.clock.now() + wait)
    if reply.status == 403 and "violation of Terms" in str(reply.error.get("message", "")):
        world.watch.told_to_stop(entry.account, "terms violation")

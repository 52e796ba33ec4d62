"""One probe as a reader sees it: what was sent by whom, what came back, what that means."""

from collections.abc import Iterator
from http import HTTPStatus

from msgspec.structs import replace

from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Ending, HttpFacts, Observation
from specdrift.model.exchange.probe import HeadForm, Probe, TlsRange
from specdrift.model.plural import plural
from specdrift.model.result.result import ProbeRecord
from specdrift.reports.content import badges
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view import wording
from specdrift.reports.html.view.findings.evidence_types import (
    ComparedExchanges,
    ComparedFact,
    ExchangeView,
    FoldedText,
    Stretch,
)
from specdrift.reports.html.view.findings.text_differences import differences
from specdrift.reports.html.view.text_types import Fact
from specdrift.result.printable import printable, printable_block

SENT = 2
"""Facts before the header fields of the request."""
LABELS = frozenset(
    {"Identity", "Request", "Connection", "TLS", "Client certificate", "Response", "Classification"}
)
MARKED = frozenset({"Request"})
"""Facts in which the part that differs is marked; header fields of the request are too."""
STYLE = {"Request": "wire", "Response": "answer"}
NOT_SENT = "not sent"
SHORT = 400
"""Bodies up to so many characters are shown at once; longer ones are folded."""
HEADER = 160
"""Characters of a sent header that are compared; the whole is folded below."""
SENT_BODY = 4000
"""Characters of a sent body that are shown."""
OFFERED = {
    TlsRange.ANY: "TLS 1.2 and 1.3",
    TlsRange.ONLY_1_2: "TLS 1.2 only",
    TlsRange.ONLY_1_3: "TLS 1.3 only",
}


def exchange(
    record: ProbeRecord, *, identity: ClientIdentity | None, role: str, beside: ProbeRecord | None = None
) -> ExchangeView:
    """Describe a probe. ``beside`` is the control it is compared with."""
    probe, observed = record.probe, record.observation
    return ExchangeView(
        role=role,
        caller=printable(probe.identity),
        meaning=badges.OUTCOME[record.outcome],
        request=request_line(probe),
        answer=answer(observed),
        facts=(
            Fact(label="Identity", value=certificate(identity)),
            Fact(label="Request", value=request_line(probe)),
            Fact(label="Connection", value=_connection(probe, observed)),
            Fact(label="TLS", value=_tls(observed)),
            Fact(label="Client certificate", value=_handshake(observed)),
            Fact(label="Response", value=answer(observed)),
            Fact(label="Classification", value=printable(record.reason)),
        ),
        headers=tuple(_sent(probe)),
        blocks=tuple(_blocks(record, beside)),
    )


def comparison(*exchanges: ExchangeView) -> ComparedExchanges:
    """Put exchanges side by side; what they share is text once, so that the differences stand out.

    Header fields of the request that differ are facts of their own: one of them may be the attack.
    """
    differing = _differing_headers(exchanges)
    columns = [
        (*one.facts[:SENT], *(header for header in heads), *one.facts[SENT:])
        for one, heads in zip(exchanges, differing, strict=True)
    ]
    common = _shared(exchanges)
    own = tuple(
        replace(one, blocks=tuple(b for b in one.blocks if _alike(b) not in common)) for one in exchanges
    )
    return ComparedExchanges(
        exchanges=own,
        lines=tuple(_compared(facts) for facts in zip(*columns, strict=True)),
        columns=len(exchanges),
        shared=tuple(block for block in exchanges[0].blocks if _alike(block) in common),
        wired=any(one.blocks for one in own),
    )


def _compared(facts: tuple[Fact, ...]) -> ComparedFact:
    values = tuple(fact.value for fact in facts)
    shared = len(values) > 1 and len(set(values)) == 1
    label = facts[0].label
    marked = label in MARKED or label not in LABELS
    shown = values[:1] if shared else values
    return ComparedFact(
        label=label,
        style=" ".join(filter(None, (STYLE.get(label, ""), "" if shared or len(values) < 2 else "differs"))),
        values=differences(shown) if marked else tuple((Stretch(text=v, differs=False),) for v in shown),
        shared=shared,
    )


def _differing_headers(exchanges: tuple[ExchangeView, ...]) -> list[list[Fact]]:
    """Return the header fields that not all requests have alike, for each request in the same order."""
    own = [_by_name(one.headers) for one in exchanges]
    names = dict.fromkeys(name for heads in own for name in heads)
    differing = [name for name in names if len({heads.get(name, "") for heads in own}) > 1]
    return [
        [Fact(label=f"Sent {name}", value=heads.get(name, NOT_SENT)) for name in differing] for heads in own
    ]


def _by_name(headers: tuple[Fact, ...]) -> dict[str, str]:
    """Return the values by name; those of a repeated field in one text."""
    found: dict[str, str] = {}
    for header in headers:
        before = found.get(header.label)
        found[header.label] = header.value if before is None else f"{before}\n{header.value}"
    return found


def _shared(exchanges: tuple[ExchangeView, ...]) -> set[tuple[str, str]]:
    """The blocks that every one of several exchanges has, whatever is text of them."""
    if len(exchanges) < 2:
        return set()
    return set.intersection(*({_alike(block) for block in one.blocks} for one in exchanges))


def _alike(block: FoldedText) -> tuple[str, str]:
    return block.label.partition(":")[0], block.text


def claimed(exchanged: ExchangeView, tone: Tone, symbol: str) -> ExchangeView:
    """The same exchange, with its meaning in the colour of the drift it shows."""
    meaning = Badge(symbol=symbol, word=exchanged.meaning.word, tone=tone)
    return replace(exchanged, meaning=meaning)


def certificate(identity: ClientIdentity | None) -> str:
    """Whose certificate: its subject and issuer, or that there is none."""
    if identity is None or identity.certificate is None:
        return "no client certificate" if identity else ""
    facts = identity.certificate
    return f"{printable(facts.subject, limit=200)}, issued by {printable(facts.issuer, limit=200)}"


HEAD_FORMS = {
    HeadForm.WHOLE: "",
    HeadForm.IN_RECORDS: " (head in several records)",
    HeadForm.AFTER_EMPTY_LINE: " (after an empty line)",
}


def request_line(probe: Probe) -> str:
    """What was sent, in one line."""
    if probe.request is None:
        return "none, only the handshake"
    head = " (head only, the body is never sent)" if probe.request.head_only else ""
    form = HEAD_FORMS[probe.request.head_form]
    return f"{printable(probe.request.method, limit=40)} {printable(probe.request.target, limit=600)}{head}{form}"


def _connection(probe: Probe, observed: Observation) -> str:
    endpoint = probe.connection.endpoint
    parts = [f"{printable(endpoint.host)}:{endpoint.port}"]
    if observed.address:
        parts.append(f"at {printable(observed.address)}")
    if endpoint.tls:
        parts.append(f"SNI {printable(endpoint.server_name)}" if endpoint.server_name else "no SNI")
        parts.append(f"offering {OFFERED[probe.connection.tls]}")
    else:
        parts.append("without TLS")
    return ", ".join(parts)


def _tls(observed: Observation) -> str:
    known = (observed.tls.version, observed.tls.cipher, observed.tls.alpn and f"ALPN {observed.tls.alpn}")
    parts = [printable(part) for part in known if part]
    return " · ".join([*parts, *(["resumed session"] if observed.tls.resumed else [])]) or "no TLS connection"


def _handshake(observed: Observation) -> str:
    facts = observed.tls
    if not facts.version:
        return "the handshake did not complete"
    requested = "requested" if facts.certificate_requested else "not requested"
    sent = "sent" if facts.certificate_sent else "not sent"
    alert = f", client alert {printable(facts.alert_sent)}" if facts.alert_sent else ""
    return f"{requested}, {sent}{alert}"


def answer(observed: Observation) -> str:
    """What came back, in one line."""
    if observed.http and observed.ending is Ending.RESPONSE:
        return _status_line(observed.http)
    text = wording.ENDING[observed.ending]
    if observed.tls.alert_received:
        text = f"TLS alert {printable(observed.tls.alert_received)}"
    alone = observed.ending in (Ending.NOT_SENT, Ending.SILENCE, Ending.CONTINUE)
    when = "" if alone else f" {wording.WIRE_PHASE[observed.phase]}"
    detail = f" ({printable(observed.detail, limit=200)})" if observed.detail and not alone else ""
    return f"{text}{when}{detail}"


def _status_line(http: HttpFacts) -> str:
    media_type = http.header("content-type").partition(";")[0]
    parts = [f"HTTP {http.status}{_phrase(http.status)}", printable(media_type, limit=80), _size(http)]
    return " · ".join(part for part in parts if part)


def _phrase(status: int) -> str:
    known = {item.value: item.phrase for item in HTTPStatus}
    return f" {known[status]}" if status in known else ""


def _size(http: HttpFacts) -> str:
    more = "more than " if http.truncated else ""
    return f"{more}{plural(http.length, 'byte')}" if http.length else "empty body"


def _sent(probe: Probe) -> Iterator[Fact]:
    for name, value in probe.request.headers if probe.request else ():
        yield Fact(label=printable(name, limit=200), value=printable(value, limit=HEADER) or "(empty)")


def _blocks(record: ProbeRecord, beside: ProbeRecord | None) -> Iterator[FoldedText]:
    request, http = record.probe.request, record.observation.http
    if request and request.headers:
        yield FoldedText(label="Request headers", text=_headers(request.headers), open=False)
    if request and request.trailers:
        yield FoldedText(label="Request trailers", text=_headers(request.trailers), open=False)
    if request and request.body:
        text = printable_block(request.body.decode("utf-8", "replace")[:SENT_BODY])
        yield FoldedText(label="Request body", text=text, open=len(text) <= SHORT)
    if http is None:
        return
    if http.headers:
        yield FoldedText(label="Response headers", text=_headers(http.headers), open=False)
    if http.body_excerpt:
        likeness = _likeness(http, beside.observation.http if beside else None)
        text = printable_block(http.body_excerpt)
        yield FoldedText(label=f"Response body{likeness}", text=text, open=len(text) <= SHORT)


def _likeness(http: HttpFacts, other: HttpFacts | None) -> str:
    if other is None:
        return ""
    if http.body_sha256 == other.body_sha256:
        return ": same bytes as the control"
    same = http.shape.skeleton and http.shape.skeleton == other.shape.skeleton
    return ": same structure as the control" if same else ": differs from the control"


def _headers(headers: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{printable(name, limit=200)}: {printable(value)}" for name, value in headers)

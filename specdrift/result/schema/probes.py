"""The evidence: what was sent, what came back and what that means, as written in a result.

``request`` and ``tls`` and ``response`` gather members of several model types, each where a reader looks
for it; the builder puts them back.
"""

from typing import Any

from specdrift.model.exchange.observation import (
    Ending,
    NotSentReason,
    Observation,
)
from specdrift.model.exchange.probe import (
    Connection,
    Endpoint,
    HeadForm,
    HttpVersion,
    Omission,
    Phase,
    Probe,
    Request,
    Reuse,
    TlsRange,
)
from specdrift.model.result.result import ProbeRecord
from specdrift.model.result.verdict import Outcome
from specdrift.result.schema.codec import Codec, Member, choice, derived, member, misfit, nullable, record
from specdrift.result.schema.places import OPERATION_KEY
from specdrift.result.schema.probe_parts import PROXY_HEADER, RESPONSE, TAG, TLS
from specdrift.result.schema.scalars import (
    BLANK,
    BYTES,
    COUNT,
    FLAG,
    HEADERS,
    NUMBER,
    TEXT,
    TEXTS,
    TIME,
)

_PHASES = {phase.name.lower(): phase for phase in Phase}


def _load_phase(raw: object) -> Phase:
    if not isinstance(raw, str) or raw not in _PHASES:
        misfit(f"one of {', '.join(_PHASES)}", raw)
    return _PHASES[raw]


PHASE: Codec[Phase] = Codec({"enum": list(_PHASES)}, lambda phase: phase.name.lower(), _load_phase)


def _sent(name: str, codec: Codec[Any], about: str = "") -> Member[Any]:
    def get(probe: Probe) -> object:
        return getattr(probe.request, name, None)

    return Member(name, nullable(codec), get, about)


def _request(*, method: Any, target: Any, headers: Any, body: Any, **rest: Any) -> dict[str, Any]:  # noqa: ANN401
    sent = None not in (method, target, headers, body)
    endpoint = Endpoint(
        server_name=rest["sni"],
        host=rest["host"],
        port=rest["port"],
        address=rest["address"],
        tls=not rest["plaintext"],
    )
    return {
        "request": Request(
            method=method,
            target=target,
            headers=headers,
            body=body,
            version=rest["version"],
            head_only=rest["head_only"],
            head_form=rest["head_form"],
            trailers=rest["trailers"],
        )
        if sent
        else None,
        "connection": Connection(
            endpoint=endpoint,
            tls=rest["tls"],
            alpn=rest["alpn"],
            reuse=rest["reuse"],
            resumes=rest["resumes"],
            early_data=rest["early_data"],
            fragmented=rest["fragmented"],
            ciphers=rest["ciphers"],
            prior_session=rest["older_session"],
            quic=rest["quic"],
            omits=rest["omits"],
            shows=rest["shows"],
            proxy=rest["proxy"],
        ),
    }


def _endpoint(*, sni: str, plaintext: bool, **place: Any) -> Endpoint:  # noqa: ANN401
    return Endpoint(server_name=sni, tls=not plaintext, **place)


SESSION = record(
    "session",
    "Where the session was made that the connection took up.",
    (
        member("sni", TEXT, "server_name"),
        member("host", TEXT),
        member("port", COUNT),
        member("address", BLANK),
        Member("plaintext", FLAG, lambda endpoint: not endpoint.tls),
    ),
    _endpoint,
)
REQUEST = record(
    "request",
    "What was sent, and over what kind of connection. No method: a handshake that was only listened to.",
    (
        _sent("method", TEXT),
        _sent("target", TEXT, "As it went onto the wire."),
        _sent("headers", HEADERS, "In wire order; secret values are replaced."),
        member("sni", TEXT, "connection.endpoint.server_name"),
        member("alpn", TEXTS, "connection.alpn"),
        member("tls", choice(TlsRange), "connection.tls", about="TLS versions offered."),
        _sent("body", BYTES),
        member("host", TEXT, "connection.endpoint.host"),
        member("port", COUNT, "connection.endpoint.port"),
        member("address", BLANK, "connection.endpoint.address", about="Address pinned for the host."),
        Member("plaintext", FLAG, lambda probe: not probe.connection.endpoint.tls),
        member("reuse", choice(Reuse), "connection.reuse"),
        member("resumes", nullable(SESSION), "connection.resumes", default=None),
        member(
            "early_data",
            FLAG,
            "connection.early_data",
            about="The request did not wait for the handshake.",
            default=False,
        ),
        member(
            "fragmented",
            FLAG,
            "connection.fragmented",
            about="The ClientHello came in several records.",
            default=False,
        ),
        member(
            "ciphers",
            BLANK,
            "connection.ciphers",
            about="The only cipher suites of TLS 1.2 offered, as OpenSSL selects them.",
            default="",
        ),
        member(
            "older_session",
            FLAG,
            "connection.prior_session",
            about="The connection took up a session that the identity had made before the run.",
            default=False,
        ),
        member("quic", FLAG, "connection.quic", about="HTTP/3 over QUIC: the port is of UDP.", default=False),
        member(
            "omits",
            nullable(choice(Omission)),
            "connection.omits",
            about="Messages of client authentication that the client omitted.",
            default=None,
        ),
        member("shows", BLANK, "connection.shows", about="Whose certificate it showed instead.", default=""),
        member("proxy", nullable(PROXY_HEADER), "connection.proxy", default=None),
        Member(
            "version",
            choice(HttpVersion),
            lambda probe: probe.request.version if probe.request else HttpVersion.HTTP_1_1,
            "What HTTP/1.x request it is.",
            default=HttpVersion.HTTP_1_1.value,
        ),
        Member(
            "head_only",
            FLAG,
            lambda probe: probe.request is not None and probe.request.head_only,
            "The head declares a body, and the body was never sent.",
            default=False,
        ),
        Member(
            "head_form",
            choice(HeadForm),
            lambda probe: probe.request.head_form if probe.request else HeadForm.WHOLE,
            "How the head of HTTP/1.1 was sent.",
            default=HeadForm.WHOLE.value,
        ),
        Member(
            "trailers",
            HEADERS,
            lambda probe: probe.request.trailers if probe.request else (),
            "Fields that came after the content.",
            default=[],
        ),
    ),
    _request,
    repeats=lambda probe: (probe.request, probe.connection),
    rows=(
        ("sni", "alpn", "tls"),
        (
            *(
                "host",
                "port",
                "address",
                "plaintext",
                "reuse",
                "resumes",
                "early_data",
                "fragmented",
                "ciphers",
            ),
            *("older_session", "quic", "omits", "shows", "proxy", "version", "head_only"),
            *("head_form", "trailers"),
        ),
    ),
)


AHEAD = record(
    "ahead",
    "What was sent first on the same connection, or on the one whose session was resumed.",
    (
        member("method", TEXT),
        member("target", TEXT),
        member("headers", HEADERS),
        member("body", BYTES),
        member("version", choice(HttpVersion), default=HttpVersion.HTTP_1_1.value),
        member(
            "head_only", FLAG, about="The head declares a body, and the body was never sent.", default=False
        ),
        member("head_form", choice(HeadForm), default=HeadForm.WHOLE.value),
        member("trailers", HEADERS, default=[]),
    ),
    Request,
)


_PROBE = (
    *("check", "operation", "identity", "phase", "variant", "attempt", "control", "why", "tag", "follows"),
    *("after", "delay_s"),
)
_MEANING = ("outcome", "reason")


def _probe(*, request: dict[str, Any], tls: Any, response: Any, **values: Any) -> ProbeRecord:  # noqa: ANN401
    probe = Probe(**request, priming=values.pop("ahead"), **{name: values.pop(name) for name in _PROBE})
    meaning = {name: values.pop(name) for name in _MEANING}
    facts, phase = tls
    observation = Observation(probe=probe.id, tls=facts, phase=phase, http=response, **values)
    return ProbeRecord(probe=probe, observation=observation, **meaning)


PROBE = record(
    "probe",
    "One exchange, with what it brought and what that means.",
    (
        derived("id", TEXT, lambda record: record.probe.id),
        member("check", TEXT, "probe.check"),
        member("operation", nullable(OPERATION_KEY), "probe.operation"),
        member("identity", TEXT, "probe.identity"),
        member("request", REQUEST, "probe"),
        member("tls", TLS, "observation"),
        member("response", nullable(RESPONSE), "observation.http"),
        member("outcome", choice(Outcome)),
        member("attempts", COUNT, "observation.attempts"),
        member("elapsed_ms", NUMBER, "observation.elapsed_ms"),
        member("control", FLAG, "probe.control"),
        member("reason", BLANK, about="Why the outcome is what it is."),
        member("ending", choice(Ending), "observation.ending"),
        member("detail", BLANK, "observation.detail", about="The client library's own words."),
        member(
            "not_sent",
            nullable(choice(NotSentReason)),
            "observation.not_sent",
            about="Why the probe was not sent; null if it was.",
        ),
        member("address", BLANK, "observation.address"),
        member("reused_connection", FLAG, "observation.reused_connection"),
        member("retry_after_s", nullable(NUMBER), "observation.retry_after_s"),
        member("phase", PHASE, "probe.phase", about="When in the run it was sent."),
        member("variant", BLANK, "probe.variant"),
        member("attempt", COUNT, "probe.attempt"),
        member("why", BLANK, "probe.why", about="Why it was sent."),
        member("ahead", nullable(AHEAD), "probe.priming", default=None),
        member(
            "after",
            nullable(TIME),
            "probe.after",
            about="The request waited for this time on its connection or session; null: it did not wait.",
            default=None,
        ),
        member("delay_s", NUMBER, "probe.delay_s", about="Seconds before it was sent.", default=0.0),
        member("tag", nullable(TAG), "probe.tag", default=None),
        member(
            "follows",
            BLANK,
            "probe.follows",
            about="Id of the probe whose redirect it follows; empty if it follows none.",
            default="",
        ),
        member("unanswered", FLAG, "observation.unanswered", about="It establishes nothing.", default=False),
    ),
    _probe,
    rows=(
        ("control", "reason", "ending", "detail", "not_sent", "address", "reused_connection"),
        ("phase", "variant", "attempt", "why", "ahead", "after", "delay_s", "tag", "follows", "unanswered"),
    ),
)

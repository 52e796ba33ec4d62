"""How a check recognises its own exchanges, how a connection began, and what came back, as written in a result."""

from typing import Any

from specdrift.model.exchange.observation import BodyShape, HttpFacts, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Control, ProbeTag
from specdrift.model.exchange.proxy_header import ProxyHeader, ProxyVersion
from specdrift.result.schema.codec import choice, member, nullable, record
from specdrift.result.schema.scalars import BLANK, BYTES, COUNT, EXCERPT, FLAG, HEADERS, TEXT, TEXTS

TAG = record(
    "probe_tag",
    "What the check recognises the exchange by.",
    (
        member("name", BLANK),
        member("subject", BLANK, about="The subject of the drift that the attempt can lead to."),
        member("headers", TEXTS, about="Names of the header fields that the attempt adds."),
        member("encoding", BLANK, about="How their values are written."),
        member("form", BLANK, about="The other declared representation that the attempt requests."),
        member("per_subject", FLAG, about="Only attempts of the same subject show that its drift is gone."),
        member("control", nullable(choice(Control)), about="Null for the attempt itself."),
    ),
    ProbeTag,
)
PROXY_HEADER = record(
    "proxy_header",
    "The header of the PROXY protocol that the connection began with.",
    (
        member("version", choice(ProxyVersion)),
        member("source", BLANK, about="IP address; empty: UNKNOWN in version 1, LOCAL in version 2."),
        member("common_name", BLANK, about="That of the certificate which it claims to be verified."),
    ),
    ProxyHeader,
)


def _tls(*, alert: str, phase: WirePhase, **facts: Any) -> tuple[TlsFacts, WirePhase]:  # noqa: ANN401
    return TlsFacts(alert_received=alert, **facts), phase


TLS = record(
    "tls",
    "What was observed of the TLS connection.",
    (
        member("version", BLANK, "tls.version"),
        member("cipher", BLANK, "tls.cipher"),
        member("certificate_requested", FLAG, "tls.certificate_requested"),
        member("certificate_sent", FLAG, "tls.certificate_sent"),
        member("alert", BLANK, "tls.alert_received", about="The server's fatal alert (RFC 8446, section 6)."),
        member("phase", choice(WirePhase), about="How far the exchange got."),
        member("resumed", FLAG, "tls.resumed"),
        member(
            "post_handshake",
            FLAG,
            "tls.post_handshake",
            about="Asked for after the handshake, for this request.",
        ),
        member("alert_sent", BLANK, "tls.alert_sent", about="The client's own alert."),
        member("alpn", BLANK, "tls.alpn"),
        member("acceptable_issuers", TEXTS, "tls.acceptable_issuers"),
        member("server_certificate_sha256", BLANK, "tls.server_certificate_sha256"),
        member(
            "early_data",
            FLAG,
            "tls.early_data",
            about="The server took the request before the handshake ended.",
            default=False,
        ),
    ),
    _tls,
    repeats=lambda observation: (observation.tls, observation.phase),
)
SHAPE = record(
    "body_shape",
    "What kind of body it was, without its values.",
    (
        member("kind", TEXT),
        member("skeleton", TEXT),
        member("members", TEXTS),
        member("signs", TEXTS),
    ),
    BodyShape,
    repeats=lambda value: (value,),
)
RESPONSE = record(
    "response",
    "The HTTP response.",
    (
        member("status", COUNT),
        member("headers", HEADERS, about="In wire order, names lower-case; secret values are replaced."),
        member("body_sha256", TEXT),
        member("body_excerpt", EXCERPT),
        member("length", COUNT, about="Bytes of the body that were read."),
        member("truncated", FLAG, about="Reading stopped before the end."),
        member("http_version", TEXT),
        member("shape", SHAPE),
        member("values", BYTES, about="Hashes of what body and headers say; empty if a secret was echoed."),
    ),
    HttpFacts,
    repeats=lambda value: (value,),
)

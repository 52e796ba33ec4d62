"""How a check recognises its own exchanges, and how a connection began, as written in a result."""

from specdrift.model.exchange.probe import Control, ProbeTag
from specdrift.model.exchange.proxy_header import ProxyHeader, ProxyVersion
from specdrift.result.schema.codec import choice, member, nullable, record
from specdrift.result.schema.scalars import BLANK, FLAG, TEXTS

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

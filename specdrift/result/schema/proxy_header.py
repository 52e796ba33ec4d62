"""The header of the PROXY protocol that a connection began with, as written in a result."""

from specdrift.model.exchange.proxy_header import ProxyHeader, ProxyVersion
from specdrift.result.schema.codec import choice, member, record
from specdrift.result.schema.scalars import BLANK

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

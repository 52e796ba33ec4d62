"""Header fields that a document may not set: they frame or route the message (RFC 9110 §7.2, §7.6; RFC 9112 §6).

A document that names one as a parameter could smuggle a second request through a proxy that others share.
"""

_FRAMING = frozenset(
    {
        *("connection", "content-length", "http2-settings", "keep-alive"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Never sent: the client writes them itself."""
_ROUTING = frozenset({"expect", "host", "max-forwards"})
"""Sent if the owner configures a value; so are ``Proxy-`` fields."""


def is_framing(name: str) -> bool:
    """Return whether a field is never sent, or no field at all (RFC 9113 §8.3: ``:path``)."""
    return name.lower() in _FRAMING or name.startswith(":")


def is_reserved(name: str) -> bool:
    """Return whether a document alone may not set a field."""
    return is_framing(name) or name.lower() in _ROUTING or name.lower().startswith("proxy-")

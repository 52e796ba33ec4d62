"""The opening handshake of WebSocket (RFC 6455 §4.1), and how a server ends the connection."""

from collections.abc import Iterable

SWITCHED = 101
"""Switching Protocols (RFC 9110 §15.2.2)."""
HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "c3BlY2RyaWZ0LXNvY2tldA=="),
)
"""The header fields that ask for it."""
PROTOCOL = ":protocol"
"""The pseudo-header field of an extended CONNECT (RFC 8441 §4)."""
EXTENDED_CONNECT = ((PROTOCOL, "websocket"), ("Sec-WebSocket-Version", "13"))
"""The fields of a handshake over HTTP/2, by CONNECT (RFC 8441 §5)."""
ACCEPT = ("sec-websocket-accept", "OzBJc7ns1iIXpiU/hZWLw8tv8hs=")
"""The field that every server computes from our key (RFC 6455 §4.2.2)."""
CLOSE = ":close"
"""Name under which an answer has the Close frame that followed it at once: code, and reason if there is one."""
GONE = "1006"
"""The code of a connection that ended without a Close frame (RFC 6455 §7.1.5)."""
TROUBLE = frozenset({GONE, "1001", "1011", "1012", "1013", "1014"})
"""Codes about the server and not the client."""


def asks_to_switch(headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether a request is such a handshake: what follows it is read as frames, and is no content."""
    return any(name.lower() == "upgrade" and value.lower() == "websocket" for name, value in headers)

"""Faults that write the data in a refusal in a form that no plain search finds."""

# ruff: noqa: ARG005 - all functions of a table have one signature

import base64
import codecs
import json
from collections.abc import Callable

from tests.generated.data import Body
from tests.generated.faults import Fault, Reply, Truth

REDIRECT = 302
Encode = Callable[[bytes, str], object]
"""Takes the body, and one distinctive field of it."""


def _more(refusal: Reply, more: object) -> Reply:
    """Return the refusal with something added to its body."""
    status = 403 if refusal.status == REDIRECT else refusal.status
    content = refusal.body.content.decode()
    if refusal.body.media_type.startswith(("application/json", "application/problem", "application/vnd")):
        return Reply(
            status, Body(refusal.body.media_type, json.dumps({**json.loads(content), "z": more}).encode())
        )
    text = more if isinstance(more, str) else json.dumps(more)
    return Reply(status, Body(refusal.body.media_type or "text/plain", f"{content}\n{text}".encode()))


def _in_refusal(encode: Encode) -> Callable[[Reply, Reply, str], Reply]:
    return lambda reply, refusal, part: _more(refusal, encode(reply.body.content, part))


def _in_field(name: str, encode: Encode) -> Callable[[Reply, Reply, str], Reply]:
    def spoil(reply: Reply, refusal: Reply, part: str) -> Reply:
        value = str(encode(reply.body.content, part))
        return Reply(refusal.status, refusal.body, (*refusal.headers, (name, value)))

    return spoil


def _letters(part: str) -> str:
    """Return the digits of a field as letters."""
    return "".join(chr(ord("k") + int(sign, 16) % 16) for sign in part if sign in "0123456789abcdef")


ENCODINGS: dict[str, Encode] = {
    "Base32": lambda body, part: base64.b32encode(body[:90]).decode(),
    "Base85": lambda body, part: base64.b85encode(body[:90]).decode(),
    "codes": lambda body, part: list(body[:60]),
    "hexadecimal in groups": lambda body, part: body[:60].hex(" "),
    "escapes": lambda body, part: "".join(f"\\u{octet:04x}" for octet in body[:60]),
    "reversed": lambda body, part: part[::-1],
    "rotated": lambda body, part: codecs.encode(part, "rot13") + "n",
    "groups of four": lambda body, part: " ".join(part[at : at + 4] for at in range(0, len(part), 4)),
    "spelled out": lambda body, part: " ".join(part),
    "as a name": lambda body, part: {f"{part[::-1]}": None},
    "first digits": lambda body, part: part[:3] + "00",
    "as letters": lambda body, part: _letters(part),
    "a sign": lambda body, part: (
        "ABCDEFGHJKLMNPQR"[int(part[-1], 16)] if part[-1] in "0123456789abcdef" else "Z"
    ),
    "yes": lambda body, part: "ja" if sum(part.encode()) % 2 else "nein",
    "a flag": lambda body, part: sum(part.encode()) % 2 == 0,
}
FIELDS: dict[str, tuple[str, Encode]] = {
    "an entity tag": ("etag", lambda body, part: f'"{part[::-1]}"'),
    "a link": ("link", lambda body, part: f"</{part[::-1]}>; rel=self"),
    "a cookie as it is": ("set-cookie", lambda body, part: f"last={part[::-1]}"),
}
SPELLED = (
    *(Fault(f"spelled: {name}", Truth.LEAKS, _in_refusal(encode)) for name, encode in ENCODINGS.items()),
    *(Fault(f"in {name}", Truth.LEAKS, _in_field(*field)) for name, field in FIELDS.items()),
)

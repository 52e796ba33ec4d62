"""The ways in which servers repeat a secret. A report may show none of them."""

from __future__ import annotations

import base64
import html
import json
import textwrap
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, quote_plus

Echo = Callable[[str], str]


def _base64(before: str = "", after: str = "") -> Echo:
    return lambda secret: base64.b64encode(f"{before}{secret}{after}".encode()).decode()


def _every(pattern: str) -> Echo:
    return lambda secret: "".join(pattern.format(byte) for byte in secret.encode())


ECHOES: Final[dict[str, Echo]] = {
    "plain": str,
    "in a sentence": lambda secret: f"rejected {secret}, sorry",
    "upper case": str.upper,
    "lower case": str.lower,
    "reversed": lambda secret: secret[::-1],
    "Base64": _base64(),
    "Base64, one byte before": _base64("x", "tail"),
    "Base64, two bytes before": _base64("a:", "."),
    "Base64 without padding": lambda secret: _base64()(secret).rstrip("="),
    "Base64url": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "Base64url without padding": lambda secret: (
        base64.urlsafe_b64encode(f"zz{secret}".encode()).decode().rstrip("=")
    ),
    "Base64 in lines": lambda secret: "\r\n".join(textwrap.wrap(_base64("user:")(secret), 12)),
    "Base64 in a URL": lambda secret: quote(_base64()(secret), safe=""),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "hexadecimal, upper case": lambda secret: secret.encode().hex().upper(),
    "hexadecimal with colons": lambda secret: secret.encode().hex(":"),
    "URL": lambda secret: quote(secret, safe=""),
    "URL, lower-case digits": _every("%{:02x}"),
    "URL, upper-case digits": _every("%{:02X}"),
    "URL, in part": lambda secret: f"{secret[:3]}%{ord(secret[3]):02x}{secret[4:]}",
    "URL, twice": lambda secret: quote(_every("%{:02x}")(secret), safe=""),
    "form": lambda secret: f"a=1&b={quote_plus(secret)}",
    "HTML": html.escape,
    "HTML, decimal references": _every("&#{};"),
    "HTML, hexadecimal references": _every("&#x{:X};"),
    "JSON": json.dumps,
    "JSON, escapes": lambda secret: "".join(f"\\u{ord(letter):04x}" for letter in secret),
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"a": secret})),
    "JSON in HTML": lambda secret: html.escape(json.dumps({"a": secret})),
    "escapes of bytes": _every("\\x{:02x}"),
    "decimal bytes": lambda secret: str(list(secret.encode())),
    "quoted-printable": _every("={:02X}"),
    "in parts": lambda secret: json.dumps([secret[at : at + 5] for at in range(0, len(secret), 5)]),
    "in chunks with lines": lambda secret: "\n".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    "with zero-width spaces": "\u200b".join,
    "UTF-8 read as Latin-1": lambda secret: secret.encode().decode("latin-1"),
}

"""Formats a DER-encoded distinguished name by RFC 4514. Pure.

``cryptography`` parses names in certificates only; a CertificateRequest contains them alone.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

SHORT_NAMES: Mapping[str, str] = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
"""Attribute types that RFC 4514 §3 gives a short name."""

BMP_STRING = 0x1E
ESCAPES: Mapping[str, str] = {**{character: f"\\{character}" for character in '",+;<>\\'}, "\0": "\\00"}


@lru_cache(maxsize=1024)
def rfc4514(der: bytes) -> str:
    """Return the name, most specific part first; ``#`` and hexadecimal digits for bytes that are no name."""
    try:
        relative = [_relative_name(body) for _, body in _elements(next(_elements(der))[1])]
    except (StopIteration, IndexError, ValueError):
        return "#" + der.hex()
    return ",".join(reversed(relative))


def _relative_name(body: bytes) -> str:
    return "+".join(_attribute(attribute) for _, attribute in _elements(body))


def _attribute(body: bytes) -> str:
    (_, oid), (tag, value) = tuple(_elements(body))
    name = _dotted(oid)
    text = value.decode("utf-16-be" if tag == BMP_STRING else "utf-8", "replace")
    return f"{SHORT_NAMES.get(name, name)}={_escaped(text)}"


def _escaped(text: str) -> str:
    """Escape special characters, NUL, and spaces and ``#`` at the ends (RFC 4514 §2.4)."""
    out = [ESCAPES.get(character, character) for character in text]
    if text[:1] in ("#", " "):
        out[0] = f"\\{text[0]}"
    if text[-1:] == " ":
        out[-1] = "\\ "
    return "".join(out)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of consecutive DER elements (X.690 §8.1)."""
    at = 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start], "big")
        if start + length > len(data):
            raise ValueError("truncated DER")
        yield tag, data[start : start + length]
        at = start + length


def _dotted(oid: bytes) -> str:
    arcs, value = [], 0
    for byte in oid:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))

"""The DER (X.690) needed for certificates that libraries do not make. Pure."""

INTEGER, BIT_STRING, UTF8_STRING, UTC_TIME, BMP_STRING, SEQUENCE = 0x02, 0x03, 0x0C, 0x17, 0x1E, 0x30
"""Tags."""


def tlv(tag: int, *contents: bytes) -> bytes:
    """Encode one value: tag, length, contents."""
    body = b"".join(contents)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def content(encoded: bytes) -> bytes:
    """Return the contents of the first value in ``encoded``."""
    start, end = _span(encoded)
    return encoded[start:end]


def members(encoded: bytes) -> tuple[bytes, ...]:
    """Return the encoded values inside a constructed value."""
    rest, found = content(encoded), []
    while rest:
        _, end = _span(rest)
        found.append(rest[:end])
        rest = rest[end:]
    return tuple(found)


def integer(number: int) -> bytes:
    """Encode a non-negative INTEGER."""
    return tlv(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _span(encoded: bytes) -> tuple[int, int]:
    """Return start and end of the first value's contents. Tags above 30 do not occur in certificates."""
    first = encoded[1]
    if first < 0x80:
        return 2, 2 + first
    start = 2 + (first & 0x7F)
    return start, start + int.from_bytes(encoded[2:start], "big")

"""Charsets that a server names: only encodings of text are used."""

import pytest

from specdrift.body.content import content_of


def text_of(body: bytes, charset: str) -> str:
    """Return the text of a body with this charset."""
    return content_of(body, (("content-type", f"text/plain; charset={charset}"),)).text


@pytest.mark.parametrize(
    "charset",
    [
        *("idna", "undefined", "punycode", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"),
        *("rot13", "base64", "zlib", "hex", "no-such-charset", "a\0b", "../../x", "x" * 10_000, "utf-16-foo"),
    ],
)
def test_no_encoding_of_python_alone_is_used(charset: str) -> None:
    """The body is read as UTF-8 then, and nothing is raised."""
    assert text_of("caf\u00e9..xn--a \\u0041 .".encode(), charset) == "caf\u00e9..xn--a \\u0041 ."


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "latin1", "'ISO-8859-15'"])
def test_charsets_of_text_are_used(charset: str) -> None:
    """As RFC 9110 section 8.3.2 has it."""
    assert text_of("caf\u00e9".encode("latin-1"), charset) == "caf\u00e9"
    assert text_of("caf\u00e9".encode("utf-16"), "utf-16") == "caf\u00e9"

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


@pytest.mark.parametrize(
    "media_type", ["text/csv", "text/plain", "application/xml", "application/problem+json"]
)
def test_a_text_that_is_no_utf_8_is_read_as_windows_1252(media_type: str) -> None:
    """Spreadsheets write it, and no charset: the words are those of a refusal in UTF-8."""
    body = "Bj\u00f8rg\u00e5rd;\u00c5lesund;\u20ac".encode("windows-1252")
    assert content_of(body, (("content-type", media_type),)).text == "Bj\u00f8rg\u00e5rd;\u00c5lesund;\u20ac"


def test_a_text_that_is_cut_in_a_character_stays_utf_8() -> None:
    """As where only the beginning of a long body was read."""
    body = "Bj\u00f8rg\u00e5rd \u00c5".encode()[:-1]
    assert content_of(body, (("content-type", "text/plain"),)).text == "Bj\u00f8rg\u00e5rd "


def test_bytes_of_other_formats_are_no_windows_1252() -> None:
    """A file without a type of text keeps signs of replacement."""
    assert "\ufffd" in content_of(b"\xff\xfe\xfa", (("content-type", "application/x-own"),)).text

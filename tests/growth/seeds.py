"""Inputs that make parsers slow: repetition, depth, long lines, long tokens, and structures without an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Seed = Callable[[int], bytes]
"""Makes an input of about so many bytes."""

REPEATED: Final = (
    *(
        b"<",
        b"<a>",
        b"<a b='",
        b"<Fault ",
        b"<!--",
        b"<![CDATA[",
        b"<?x ",
        b"<!DOCTYPE ",
        b"<script>",
        b"<title>",
    ),
    *(
        b"&",
        b"&#x",
        b"&amp;",
        b"[",
        b"[]",
        b'{"a":',
        b'{"a":1},',
        b'"k":1,',
        b'"',
        b"\\",
        b'\\"',
        b"'",
        b"{a}",
    ),
    *(b"1", b"1.", b"1e", b"1,000,", b"a", b"ab ", b" ", b"\n", b"\r\n", b"\t", b"\0", b"\xff", b"\xc3\xa9"),
    *(b"a,", b"a,b\n", b"a;b=", b"- ", b"a: ", b"? ", b"a:\n a:\n", b"&a ", b"*a ", b"!a ", b"|\n "),
    *(b"QUJD", b"%41", b"deadbeef", b"/", b"/a", b"=", b"@a.", b".", b"(", b"not ", b"unauthorized "),
    *(
        b"0f8fad5b-d9cb-469f-a165-70867728950e ",
        b"2026-01-01T",
        b"GET /a\n",
        b'{"method":"GET","path":"/a"}\n',
    ),
    b'1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 1\n',
)
"""Texts that are repeated, alone and after each of the beginnings."""

BEGINNINGS: Final = (b"", b'{"a":[', b'{"a":"', b"<html><body>", b"openapi: 3.1.0\nx: ")


def repeated(beginning: bytes, text: bytes) -> Seed:
    """Return a seed that repeats a text after a beginning."""
    return lambda size: beginning + text * max(1, (size - len(beginning)) // len(text))


def numbered(text: str) -> Seed:
    """Return a seed of a JSON array of different texts."""
    return lambda size: f"[{','.join(text % number for number in range(size // (len(text) + 4)))}]".encode()


SEEDS: Final = {
    **{
        f"{beginning.decode()!r} then {text!r}": repeated(beginning, text)
        for beginning in BEGINNINGS
        for text in REPEATED
    },
    **{
        f"different {text}": numbered(text)
        for text in ('"%d"', '{"id":%d}', "%d.5", '"a/%d b"', '"%x@a.example"')
    },
}

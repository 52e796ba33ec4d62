"""The views of a text in which secrets are searched: as it is, decoded, and folded. Pure and linear.

Folding keeps letters and digits, in lower case. ``sk_live-4e``, ``SK LIVE 4E`` and ``sk:live:4e`` become one
text, and so do both alphabets of Base64 (RFC 4648 §4, §5), padded or not, wrapped or not.
"""

import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from msgspec import Struct

MOST_LAYERS = 3
"""How often a text is decoded: a URL in JSON in HTML."""
_MARKS = "%&\\"
_ESCAPE = re.compile(
    r"[%&\\](?:"  # a set of characters, which the search skips to quickly
    r"(?<=%)[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*"
    r"|(?<=&)(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};)"
    r"|(?<=\\)(?:u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*|x[0-9A-Fa-f]{2}(?:\\x[0-9A-Fa-f]{2})*|[nrtbf\"'\\/])"
    r")"
)
"""URL encoding (RFC 3986 §2.1), HTML character references, and escapes of JSON (RFC 8259 §7) and other languages."""
_INCOMPLETE = re.compile(r"(?:%[0-9A-Fa-f]?|&#?[0-9A-Za-z]{0,31}|\\(?:u[0-9A-Fa-f]{0,3}|x[0-9A-Fa-f]?)?)\Z")
_LONGEST_ESCAPE = 34
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ZERO_WIDTH = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
_DROPPED = re.compile(rf"[\x00-/:-@\[-`{{-\x9f{_ZERO_WIDTH}]+")
_RUN = re.compile("[0-9A-Za-z]+")
_DROPPED_ASCII = {code: None for code in range(128) if not chr(code).isalnum()}


class View(Struct, frozen=True):
    """A text with the place of each character in the original text."""

    characters: str
    starts: Sequence[int]
    ends: Sequence[int]


def folded(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    lower = text.casefold()
    return lower.translate(_DROPPED_ASCII) if lower.isascii() else _DROPPED.sub("", lower)


def kept(text: str) -> list[int]:
    """Return the place in the text of each character of :func:`folded`."""
    if text.isascii():
        return [at for run in _RUN.finditer(text) for at in range(*run.span())]
    return [at for at, each in enumerate(text) for _ in folded(each)]


def decoded_layers(text: str) -> Iterator[str]:
    """Yield the text, then the text with its escapes decoded, as often as that changes it."""
    yield text
    for _ in range(MOST_LAYERS):
        if not any(mark in text for mark in _MARKS):
            return
        before, text = text, _ESCAPE.sub(_decoded, text)
        if text == before:
            return
        yield text


def layers(text: str) -> Iterator[View]:
    """Yield the views of :func:`decoded_layers`."""
    view = View(text, range(len(text)), range(1, len(text) + 1))
    yield view
    for _ in range(MOST_LAYERS):
        if not any(mark in view.characters for mark in _MARKS) or _ESCAPE.search(view.characters) is None:
            return
        before, view = view, _decoded_view(view)
        if view.characters == before.characters:  # what looks like an escape is none: &A0;
            return
        yield view


def incomplete_escape(text: str) -> int:
    """Return the length of an escape that the end of a text cuts; 0 if there is none."""
    tail = text[-_LONGEST_ESCAPE:]
    cut = _INCOMPLETE.search(tail)
    return len(tail) - cut.start() if cut else 0


def _decoded_view(view: View) -> View:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(begin: int, end: int) -> None:
        pieces.append(view.characters[begin:end])
        starts.extend(view.starts[begin:end])
        ends.extend(view.ends[begin:end])

    at = 0
    for escape in _ESCAPE.finditer(view.characters):
        keep(at, escape.start())
        at = escape.end()
        content = _decoded(escape)
        pieces.append(content)
        # The characters of a run of escapes have no places of their own, unless each has as many escapes.
        step = (at - escape.start()) // max(len(content), 1)
        even = step * len(content) == at - escape.start() and len(content) > 1
        for number in range(len(content)):
            begin = escape.start() + number * step if even else escape.start()
            starts.append(view.starts[begin])
            ends.append(view.ends[(begin + step if even else at) - 1])
    keep(at, len(view.characters))
    return View("".join(pieces), starts, ends)


def _decoded(escape: re.Match[str]) -> str:
    text = escape[0]
    match text[:2]:
        case "\\u":
            units = b"".join(int(unit, 16).to_bytes(2) for unit in text.split("\\u")[1:])
            return units.decode("utf-16-be", "surrogatepass")
        case "\\x":
            return _characters(bytes.fromhex(text.replace("\\x", "")))
        case _ if text[0] == "%":
            return _characters(unquote_to_bytes(text))
        case _ if text[0] == "&":
            return html.unescape(text)
        case _:
            return _CONTROLS.get(text[1], text[1])


def _characters(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")

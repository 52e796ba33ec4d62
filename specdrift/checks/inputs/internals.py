"""Internal details in responses: stack traces, file paths, and names from certificates. Pure.

Product versions on error pages are not reported: they are the default of many servers.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

MARKUP = re.compile(r"</?(?:a|b|br|code|div|em|h\d|hr|i|li|p|pre|span|strong|td|ul)\b[^<>]{0,300}>")
ESCAPED = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
SHOWN = 80
"""Maximum number of characters of a disclosure in a message."""
BEFORE = r"(?<![\w/.:~-])"
"""Not part of a URL or of another path."""
SYSTEM = r"/(?:etc|home|mnt|opt|root|run|srv|tmp|usr|Users|var)/|[A-Z]:[\\/]"
"""The beginning of an absolute file path."""
REST = r"[\w.@+/\\-]{1,200}"
FILE = rf"{BEFORE}(?:{SYSTEM}){REST}"
SOURCE = rf"{BEFORE}(?:{SYSTEM}|/(?:app|code|workspace)/){REST}"
NOT_OPENED = (
    r"(?:no such file|ENOENT|EACCES|NoSuchFileException|AccessDeniedException"
    r"|(?:failed|unable) to (?:open|read|load)|(?:cannot|could not|can't) (?:open|read|load))"
)
"""Without "permission denied" and "not found", which also describe URLs."""


class Disclosure(Struct, frozen=True, kw_only=True):
    """One internal detail."""

    kind: str
    """As text, such as ``a stack trace of Java``."""
    shown: str
    """The match, on one line."""

    def __str__(self) -> str:
        return f"{self.kind} ({self.shown})"


def _trace(stack: str, *patterns: str) -> tuple[str, re.Pattern[str]]:
    return f"a stack trace of {stack}", re.compile("|".join(patterns))


SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    _trace(
        "Python",
        r'File "[^"\n]{1,200}", line \d+, in \S{1,80}',
        r"Traceback \(most recent call last\):",
        r"<title>\w{1,60}(?:Error|Exception|DoesNotExist)\s+at /",  # Django, with DEBUG on
    ),
    _trace(
        "Java",
        r"\bat (?:[\w.@-]{1,80}/)?[\w$]{1,80}(?:\.[\w$<>]{1,80}){1,20}"
        r"\((?:[\w$]{1,80}\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)",
    ),
    _trace(
        "Node.js",
        r"\bat (?:async )?(?:[\w.$<>\[\] ]{1,100} \()?"
        r"(?:node:[\w/.-]{1,100}|(?:file://)?(?:/|[A-Z]:\\)[^\s():]{1,200}\.[cm]?[jt]sx?):\d+:\d+",
    ),
    _trace("Go", r"\bgoroutine \d+ \[[a-z][\w ,()]{0,60}\]:", r"\.go:\d+ \+0x[0-9a-f]+"),
    _trace(
        "Rust",
        r"panicked at (?:['\"][^\n]{0,200}['\"], )?[^\s:]{1,200}\.rs:\d+:\d+",
        r"\bat (?:/|\./)[^\s:]{1,200}\.rs:\d+",
    ),
    _trace(
        ".NET",
        r"\bat (?:System|Microsoft)(?:\.[\w`<>\[\],]{1,80}){2,20}\([^()\n]{0,200}\)",
        r"\bat [\w.`<>]{3,200}\([^()\n]{0,200}\) in [^\n:]{0,1}:?[^\n:]{1,200}:line \d+",
    ),
    _trace("PHP", SOURCE + r"\.php\s{0,3}(?:on\s{1,3}line\s{1,3}|:|\()\d+"),
    _trace("Ruby", SOURCE + r"\.(?:rb|ru|erb):\d+:in [`'\"]"),
    (
        "a file of certificates or keys",
        re.compile(FILE + r"\.(?:pem|crt|cer|key|p12|pfx|jks|keystore|crl)\b"),
    ),
    (
        "a source file of the server",
        re.compile(
            SOURCE + r"\.(?:py|[cm]?js|ts|go|rs|java|kt|cs|rb|exs?|p[lm])(?::\d+|\(\d+\)|,? line \d+)"
        ),
    ),
    (
        "a file of the server",
        re.compile(
            rf"{NOT_OPENED}[^\n/\\]{{0,60}}{FILE}\.\w{{1,10}}\b|{FILE}\.\w{{1,10}}\b.{{0,3}}: {NOT_OPENED}",
            re.IGNORECASE,
        ),
    ),
)
"""Patterns, the most specific first. Files in a stack trace are not reported again."""
TRACES = frozenset(kind for kind, _ in SIGNS if kind.startswith("a stack trace"))

ATTRIBUTE = r"(?:CN|OU|O|L|ST|C|DC|UID|emailAddress)\s?=\s?"
VALUE = r"""[^,/+=<>"'\n]{1,80}"""
NAME = re.compile(rf"(?<![\w?&]){ATTRIBUTE}{VALUE}(?:\s?[,/+]\s?{ATTRIBUTE}{VALUE}){{1,10}}")
COMMON_NAME = re.compile(r"(?<!\w)CN\s?=\s?((?:\\.|[^,/+\\])+)")


@lru_cache(maxsize=512)
def disclosures(text: str) -> tuple[Disclosure, ...]:
    """Return the internal details in a body, one of each kind; files only if there is no stack trace."""
    found = list(_found(_plain(text)))
    traces = [one for one in found if one.kind in TRACES]
    return tuple(traces or found[:1])


def _found(text: str) -> Iterator[Disclosure]:
    for kind, pattern in SIGNS:
        if match := pattern.search(text):
            yield Disclosure(kind=kind, shown=_on_one_line(match[0]))


def foreign_names(text: str, known: frozenset[str]) -> tuple[Disclosure, ...]:
    """Return the first distinguished name (RFC 4514 or OpenSSL syntax) whose common name is not known."""
    names = (match[0] for match in NAME.finditer(_plain(text)))
    foreign = (one for one in names if (own := common_names(one)) and not own & known)
    return tuple(
        Disclosure(kind="the name of a certificate", shown=_on_one_line(one)) for one in list(foreign)[:1]
    )


def common_names(name: str) -> frozenset[str]:
    """Return the common names in a distinguished name."""
    return frozenset(found.strip() for found in COMMON_NAME.findall(name))


def _plain(text: str) -> str:
    """Return the text without HTML markup and without escapes of HTML or JSON."""
    if text.lstrip().startswith(("{", "[", '"')):
        text = ESCAPED.sub(_unescaped, text)
    return html.unescape(MARKUP.sub(" ", text))


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return CONTROLS.get(match[2], match[2])


def _on_one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"

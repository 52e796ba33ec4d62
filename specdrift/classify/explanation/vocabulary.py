"""Words of an answer that its request, its status or the protocol explains. Pure."""

import base64
import hashlib
import json
import re
import string
import zlib
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache, reduce
from http import HTTPMethod, HTTPStatus
from urllib.parse import parse_qsl

from specdrift.body.decoded import decoded_texts
from specdrift.body.denial import FAILED, FLAGS, says_no
from specdrift.body.pieces import TRIM, WORD, pieces_of
from specdrift.body.spellings import unquoted
from specdrift.classify.comparison import DENIALS
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request

PART = re.compile(r"[^\W\d_]+")
"""A run of letters."""
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
DELIMITER = re.compile(r"[/?&=#,;:\s]+")
IN_QUERY = re.compile(r"[?&=#]")
STATUS = 3
"""Digits of a status."""
LEAST_STEM, STEM = 3, 0.6
"""Letters, and their share of the longer word, that two forms of one word begin with."""
LEAST_BEGINNING = 4
"""Letters of a word that may be the beginning of another form of it."""
LONGEST_NAME = 60
"""Characters of a name that is made of the words of a path."""
NEAR = timedelta(days=1)
"""How far a time may be from the answer's."""
CLOCK = 2
"""Seconds between the Date field of an answer and a time of day in its body."""
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[tT]\d\d:\d\d.*)?")
PARTS_OF_A_DATE = ("%a", "%d", "%b", "%Y", "%H:%M:%S")
SECONDS = re.compile(r"(1\d{9})(?:\d{3}|\d{6})?(?:\.\d+)?")
PROTOCOL = frozenset(
    word
    for text in (
        *(status.phrase for status in HTTPStatus),
        *HTTPMethod,
        "HTTP HTTPS TLS SSL about:blank",
    )
    for word in text.casefold().split()
    if len(word) >= LEAST_STEM
)
"""Words of registered reason phrases, and methods (RFC 9110)."""
REGISTERED = re.compile(r"urn:ietf:params(?::[a-z][a-z_-]*|:\d{1,2}\.\d{1,2})+|http/\d(?:\.\d)?")
"""Names of protocols and of their messages (RFC 3553), such as SCIM's schemas, and HTTP's versions; in lower case."""
DIGESTS = frozenset({"etag:", "content-md5:", "digest:", "content-digest:", "repr-digest:"})
"""Fields that are computed from the body."""
DETACHED = re.compile(r"[\w-]{8,}\.\.[\w-]{20,}", re.ASCII)
"""A signature of the answer without its content (RFC 7515, appendix F)."""
LEAST_DIGEST = 16
"""Characters of a digest by which it is recognised."""
LONGEST_SUMMED = 4096
"""Bytes of a body whose checksums are computed."""
FNV_OFFSET, FNV_PRIME = 0x811C9DC5, 0x01000193
"""Of FNV-1a with 32 bits, which Fastify uses."""
KOOPMAN = 0xD5828281
"""Koopman's polynomial as Fiber passes it, for sums of which the lowest bit comes first."""
ORIGIN = re.compile(r"https?://[\w.:-]+|https?://\[[0-9a-f:.]+\](?::\d+)?")
"""Scheme and authority of a URL."""
CLOSED = re.compile(r"10(?:0\d|1[0-5])")
"""The registered codes with which a WebSocket is closed (RFC 6455 §7.4.1)."""
Words = frozenset[str]


@lru_cache(maxsize=4096)
def sent(request: Request, operation: str) -> Words:
    """Return the words that an answer may repeat from its request. ``operation``: method and path template."""
    body = request.body[:4096].decode("utf-8", "replace")
    texts = (request.target, *(value for _, value in request.headers), body, operation, request.method)
    # The URL of a login page ends with the requested target, whose query is then part of its own.
    target = (word for piece in pieces_of("", (("location", request.target),)) for word in piece.words)
    # A form of that page has the target that its own request names, with its slashes.
    values = IN_QUERY.split(unquoted(request.target))
    parts = (
        *target,
        *values,
        *(part for text in texts for part in (*WORD.findall(text), *DELIMITER.split(text))),
    )
    return frozenset(word.casefold() for part in parts for word in (part, part.strip(TRIM)) if word)


def repeats(word: str, request: Request, operation: OperationKey) -> bool:
    """Return whether an answer may repeat a word from its request."""
    return word in sent(request, str(operation))


@lru_cache(maxsize=4096)
def _stems(operation: str) -> Words:
    return frozenset(letters(operation))


def letters(text: str) -> list[str]:
    """Return the words of a name or path, in lower case."""
    parts = (part for run in PART.findall(text) for part in CAMEL.split(run))
    return [part.casefold() for part in parts if len(part) >= LEAST_STEM]


def names_the_request(word: str, request: Request, operation: str) -> bool:
    """Return whether a word contains the path, is a part of it, or is a name that is made of its words.

    ``InvoiceController.show`` and ``invoices:read`` name ``/invoices``; ``shelves/a1`` is of ``/v1/shelves/a1/items``.
    """
    # A server may redirect `/invoices/` to its own URL without the slash.
    path, whole = unquoted(request.target.partition("?")[0].rstrip("/")), unquoted(word)
    if len(path) > 1 and (path in whole or f"/{whole.strip('/')}/" in f"{path}/"):
        return True
    if len(word) > LONGEST_NAME or any(map(str.isdigit, word)):
        return False
    return any(same_stem(part, stem) for part in letters(word) for stem in _stems(operation))


def same_stem(one: str, other: str) -> bool:
    """Return whether two words have one stem, or one begins the other: ``admin`` and ``administration``."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= LEAST_BEGINNING and longer.startswith(shorter):
        return True
    common = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    return common >= max(LEAST_STEM, STEM * len(longer))


def names_the_status(word: str, http: HttpFacts) -> bool:
    """Return whether a word is of the protocol, or a status: a success may have that of a denial in its body."""
    is_status = word.isdecimal() and len(word) == STATUS and int(word) in statuses_of(http)
    if http.status == HTTPStatus.SWITCHING_PROTOCOLS and CLOSED.fullmatch(word):
        return True
    return word in PROTOCOL or is_status or bool(REGISTERED.fullmatch(word))


def extends_the_status(word: str, statuses: Collection[int]) -> bool:
    """Return whether a word is one of these statuses with more digits, as applications number their errors.

    After it, or 4 before it, as in the private codes of WebSocket (RFC 6455 §7.4.2).
    """
    if not (word.isdecimal() and STATUS < len(word) <= STATUS + 2):
        return False
    return int(word[:STATUS]) in statuses or (word[0] == "4" and int(word[1:]) in statuses)


def statuses_of(http: HttpFacts) -> Collection[int]:
    """Return the statuses that a refusal may name."""
    return {http.status, *DENIALS}


def is_a_refusal_in_words(name: str, words: tuple[str, ...], value: str) -> bool:
    """Return whether a text or flag is known to refuse. A hint only: it cannot be known in every language."""
    member = name.rpartition("/")[2].replace("_", "").casefold()
    return (value == "false" and member in FLAGS) or (not value and says_no(" ".join(words)))


def names_a_page_that_refuses(word: str, request: Request, http: HttpFacts) -> bool:
    """Return whether a word is of the path to which a refusal redirects, such as ``/access-denied``, or names its
    parameter for the requested target. A hint only, as ``is_a_refusal_in_words``.
    """
    path, _, query = ORIGIN.sub("", http.header("location")).partition("?")
    segments = [segment.casefold() for segment in unquoted(path).split("/") if segment]
    refuses = all(
        FAILED.fullmatch(each) or says_no(each) or names_the_status(each, http) for each in segments
    )
    own = (name for name, value in parse_qsl(query) if _is_target(value, request))
    return bool(segments) and refuses and word.casefold() in {*segments, *own}


def is_a_signature(name: str, text: str) -> bool:
    """Return whether a field has a detached signature of the answer: another one for each content."""
    return name.endswith("signature:") and bool(DETACHED.fullmatch(text))


def is_a_digest_of(http: HttpFacts, word: str) -> bool:
    """Return whether a word contains a digest of the body, as the entity tags of many servers do (RFC 9110 §8.8.3)."""
    body = http.body_excerpt.encode()
    if hashlib.sha256(body).hexdigest() != http.body_sha256:
        return False
    if any(digest[:LEAST_DIGEST] in word for digest in _digests(body)):
        return True
    checksums, parts = _checksums(body), word.casefold().split("-")
    known = {f"{len(body)}", f"{len(body):x}", *checksums}
    return not checksums.isdisjoint(parts) and known.issuperset(parts)


@lru_cache(maxsize=1024)
def _digests(body: bytes) -> tuple[str, ...]:
    found = [
        hashlib.new(name, body, usedforsecurity=False).digest()
        for name in ("md5", "sha1", "sha256", "sha512")
    ]
    return tuple(text for each in found for text in (each.hex(), base64.b64encode(each).decode()))


@lru_cache(maxsize=1024)
def _checksums(body: bytes) -> Words:
    """Return what frameworks write into entity tags as a checksum, beside the length: decimal, hexadecimal, base 36."""
    if len(body) > LONGEST_SUMMED:
        return frozenset()
    fnv = reduce(lambda sum_, octet: (sum_ ^ octet) * FNV_PRIME % 2**32, body, FNV_OFFSET)
    found = (zlib.crc32(body), zlib.adler32(body), fnv, _crc_of_koopman(body))
    return frozenset(text for one in found for text in (f"{one}", f"{one:x}", f"{one:08x}", _in_base_36(one)))


def _crc_of_koopman(body: bytes) -> int:
    """Return the CRC by the polynomial that Fiber uses."""
    rest = 0xFFFFFFFF
    for octet in body:
        rest ^= octet
        for _ in range(8):
            rest = rest >> 1 ^ (KOOPMAN if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = (string.digits + string.ascii_lowercase)[digit] + digits
    return digits


def is_of_the_exchange(word: str, request: Request, http: HttpFacts) -> bool:
    """Return whether a word is a time near the answer's, or encodes only the request's target and such times.

    Logins note in a cookie or parameter where to return to.
    """
    if is_a_time_of(word, http):
        return True
    leaves = [leaf for text in decoded_texts(word) for leaf in _leaves(text)]
    return bool(leaves) and all(_is_target(leaf, request) or _is_near(leaf, http) for leaf in leaves)


def _leaves(text: str) -> Iterator[str]:
    """Yield the values of a flat JSON object; else the text itself."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        members = text
    yield from map(str, members.values()) if isinstance(members, dict) else (text,)


def _is_target(text: str, request: Request) -> bool:
    """Return whether a text is the target or path of the request, also as a URL."""
    path, _, query = unquoted(text).partition("?")
    target, _, sent = unquoted(request.target).partition("?")
    return ORIGIN.sub("", path) == target and query in ("", sent)


def is_a_time_of(word: str, http: HttpFacts) -> bool:
    """Return whether a word is a date or time near that of the answer."""
    now = _date(http.header("date"))
    if now is None:
        return False
    return _is_near(word, http) or word.casefold() in _parts_of(now)


def _is_near(word: str, http: HttpFacts) -> bool:
    """Return whether a word is a day, or a moment of at least ten digits, near that of the answer."""
    now = _date(http.header("date"))
    if now is None:
        return False
    if (seconds := SECONDS.fullmatch(word)) is not None:
        return abs(int(seconds[1]) - now.timestamp()) <= NEAR.total_seconds()
    found = DAY.fullmatch(word)
    return found is not None and abs(_day(found[1], now) - now) <= 2 * NEAR


@lru_cache(maxsize=1024)
def _parts_of(now: datetime) -> frozenset[str]:
    """Return the parts of a date that clocks show about then."""
    moments = [now + timedelta(seconds=second) for second in range(-CLOCK, CLOCK + 1)]
    return frozenset(f"{at:{form}}".casefold() for at in moments for form in PARTS_OF_A_DATE)


@lru_cache(maxsize=1024)
def _date(field: str) -> datetime | None:
    try:
        return parsedate_to_datetime(field).replace(tzinfo=UTC)
    except ValueError:
        return None


def _day(text: str, now: datetime) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return now - 3 * NEAR

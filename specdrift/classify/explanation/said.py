"""What the client itself says with each request, and knows of its connection: no answer has that from a resource. Pure.

It is the URL of the request, the fields that each request of the run has, the ends and the parameters of the
connection, and the client's certificate.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from specdrift.body.content import Headers
from specdrift.body.spellings import percent_encoded, unquoted
from specdrift.body.values import echo_of, words_of
from specdrift.body.words import values_of_leaves
from specdrift.model.exchange.identity import CertificateFacts
from specdrift.model.exchange.observation import EXCERPT, HttpFacts, TlsFacts
from specdrift.model.exchange.probe import Endpoint, Request
from specdrift.model.exchange.values import unpack

LOOPBACK = frozenset({"127.0.0.1", "::1"})
"""Addresses of which a connection has the same at both ends."""
SCHEMES = "https", "http"
"""A server behind a proxy may write its URL without TLS."""
VERSIONS = "1.1", "2", "2.0", "3", "3.0", "1.0"
"""How servers write the version of HTTP in a request line."""
ZONES = ("", "Z", "+00:00")
"""How the time of a certificate ends, which is in UTC."""
QUERY = re.compile(r"\?|%3[Ff]")
"""What a query begins with, percent-encoded too."""
NAMED_HOST = frozenset({"host", "x-forwarded-host"})
"""Fields that name the host of a URL."""
Values = frozenset[int]
NOTHING: Values = frozenset()


@lru_cache(maxsize=4096)
def caller_addresses(address: str) -> frozenset[str]:
    """Return the address of the caller as the server sees it; known where both are on one computer."""
    return frozenset((address, f"::ffff:{address}")) if address in LOOPBACK else frozenset()


def said_in(
    answer: Values, http: HttpFacts, endpoint: Endpoint, request: Request | None, fields: Headers
) -> Values:
    """Return those values that an answer may have of the request's URL and fields.

    ``answer``: its values without those of the request's own fields. ``fields``: those of each request of the run.
    """
    if request is None or not answer:
        return frozenset()
    of_all = (("Host", endpoint.authority), *fields)
    known, every = _of_contents(of_all), (*of_all, *request.headers)
    if not _of_names(every).isdisjoint(unpack(http.values)):
        known |= _of_rows(every)
    if not _may_have_url(http, endpoint, request):
        return known
    urls = _urls(endpoint, request.method, request.target, _named_hosts(request))
    written = (text for text, words in urls if not words.isdisjoint(answer))
    # Few answers have a URL: it is read further only where its words are found.
    return known.union(*map(_of_url, written))


@lru_cache(maxsize=4096)
def _of_url(text: str) -> Values:
    """Return the values of a URL without those that stand in its query: what parameters say is judged by itself."""
    url, _, query = QUERY.sub("?", text, count=1).partition("?")
    whole = frozenset(values_of_leaves([text])) if query else NOTHING
    return echo_of((url,)) | (whole - echo_of((query,)))


def _may_have_url(http: HttpFacts, endpoint: Endpoint, request: Request) -> bool:
    """Return whether an answer may have the URL in any spelling: a host, or the end of the path, which all have."""
    if http.truncated or len(http.body_excerpt) >= EXCERPT:
        return True  # the rest of the content is not known
    text = " ".join((http.body_excerpt, *(content for _, content in http.headers))).casefold()
    end = unquoted(request.target.partition("?")[0]).rstrip("/").rpartition("/")[2]
    parts = (
        *_hosts(endpoint),
        endpoint.authority,
        *_named_hosts(request),
        end,
        request.target.rpartition("/")[2],
    )
    return any(part.casefold() in text for part in parts if part or not end)


@lru_cache(maxsize=256)
def _of_contents(fields: Headers) -> Values:
    return echo_of(content for _, content in fields)


@lru_cache(maxsize=1024)
def _of_names(fields: Headers) -> Values:
    """Return the values of the names of fields, of which an answer with their lines has some."""
    return NOTHING.union(*(_of_name(name) for name, _ in fields))


@lru_cache(maxsize=1024)
def _of_name(name: str) -> Values:
    return frozenset(number for number, _ in words_of(name))


@lru_cache(maxsize=1024)
def _of_rows(fields: Headers) -> Values:
    """Return the values of fields with their names, each alone and all in a row: as they are sent, or sorted."""
    lines = tuple(f"{name}: {content}" for name, content in fields)
    return echo_of((*lines, " ".join(lines), " ".join(sorted(lines, key=str.casefold))))


def _named_hosts(request: Request) -> tuple[str, ...]:
    return tuple(content for name, content in request.headers if name.lower() in NAMED_HOST)


@lru_cache(maxsize=4096)
def _urls(
    endpoint: Endpoint, method: str, target: str, hosts: tuple[str, ...]
) -> tuple[tuple[str, Values], ...]:
    """Return a request's URL and request line in all spellings, each with the values of its words."""
    spelled = dict.fromkeys(_spelled(_authorities(endpoint, hosts), method, target))
    return tuple((text, frozenset(values_of_leaves([text]))) for text in spelled)


def _spelled(authorities: Collection[str], method: str, target: str) -> Iterator[str]:
    for spelling in dict.fromkeys((target, target.partition("?")[0], unquoted(target))):
        for authority in authorities:
            yield f"{authority}{spelling}"
            for scheme in SCHEMES:
                url = f"{scheme}://{authority}{spelling}"
                yield from (url, f"{method} {url}", percent_encoded(url))
        yield from (f"{method} {spelling} HTTP/{version}" for version in VERSIONS)


def _authorities(endpoint: Endpoint, hosts: tuple[str, ...]) -> Collection[str]:
    """Return how a server may write its own authority: as the client sent it, with and without the port."""
    bare = (f"[{host}]" if ":" in host else host for host in _hosts(endpoint))
    with_port = (text for host in bare for text in (host, f"{host}:{endpoint.port}"))
    return dict.fromkeys((endpoint.authority, *hosts, *with_port))


def _hosts(endpoint: Endpoint) -> list[str]:
    return sorted(filter(None, {endpoint.host, endpoint.server_name, endpoint.address}))


@lru_cache(maxsize=256)
def values_of_connection(address: str, version: str, cipher: str) -> Values:
    """Return the values of a connection's ends and parameters."""
    return echo_of((*caller_addresses(address), *texts_of_tls(version, cipher)))


def words_of_connection(address: str, tls: TlsFacts) -> frozenset[str]:
    """Return the same as words, in lower case."""
    texts = (*caller_addresses(address), *texts_of_tls(tls.version, tls.cipher))
    return frozenset(word.casefold() for text in texts for word in text.split())


def texts_of_tls(version: str, cipher: str) -> Iterator[str]:
    """Yield the spellings of a version of TLS and a cipher suite, as OpenSSL and as the registry names it."""
    number = version.removeprefix("TLSv")
    if number and number != version:
        under = number.replace(".", "_")
        yield from (
            version,
            f"TLS{number}",
            f"TLS {number}",
            f"TLS v{number}",
            f"TLS_{under}",
            f"TLSv{under}",
        )
    if cipher:
        yield cipher
        keys, found, rest = (
            cipher.replace("AES128", "AES-128").replace("AES256", "AES-256").partition("-AES-")
        )
        if found:
            yield f"TLS_{keys}_WITH_AES_{rest}".replace("-", "_")
        keys, found, _ = cipher.partition("-CHACHA20-POLY1305")
        if found:
            yield f"TLS_{keys}_WITH_CHACHA20_POLY1305_SHA256".replace("-", "_")


def texts_of_certificate(facts: CertificateFacts | None) -> tuple[str, ...]:
    """Return what a certificate says of its holder, and what tells it from others, as servers write it."""
    if facts is None:
        return ()
    subject = facts.subject.replace("=", " ").replace(",", " ")
    times = (
        f"{each:%Y-%m-%dT%H:%M:%S}{zone}" for each in (facts.not_before, facts.not_after) for zone in ZONES
    )
    own = (facts.serial, facts.serial_in_bytes, facts.sha256)
    return (
        *(facts.subject, facts.issuer, *subject.split()),
        *own,
        *map(_with_colons, own[1:]),
        *_decimal(facts.serial),
        *times,
    )


def _with_colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _decimal(serial: str) -> Iterator[str]:
    try:
        yield str(int(serial, 16))
    except ValueError:
        return  # of a result that somebody edited

"""Takes secrets out of a result: in headers, in query strings, and wherever a server echoed them.

Pure, and idempotent: a result that went through it once does not change the second time. Certificates in
forwarded headers stay, they are public; keys never get near a result in the first place.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from specdrift.model.drift import Drift
from specdrift.model.observation import HttpFacts, Observation
from specdrift.model.operation import Operation
from specdrift.model.probe import Probe, Request
from specdrift.model.result import (
    OperationResult,
    ProbeRecord,
    Result,
    Skipped,
    UndecidedOperation,
    Undocumented,
)
from specdrift.model.secrets import HIDDEN, SECRET_HEADERS, SECRET_PARAMETERS
from specdrift.model.verdict import IdentityOutcome

Headers = tuple[tuple[str, str], ...]
V = TypeVar(
    "V",
    ProbeRecord,
    Probe,
    Request,
    Observation,
    HttpFacts,
    IdentityOutcome,
    OperationResult,
    Skipped,
    UndecidedOperation,
    Undocumented,
)

_SCHEMES = frozenset({"basic", "bearer", "digest", "dpop", "negotiate"})
_SHORTEST = 6
"""Shorter values are not searched for in bodies: they would hit ordinary words."""


def redact_headers(headers: Headers, names: Iterable[str] = ()) -> Headers:
    """Replace the values of headers that carry secrets. ``names`` come on top of the well-known ones.

    The authentication scheme of an ``authorization`` value (RFC 9110 §11.1) stays, for people.
    """
    secret = SECRET_HEADERS | {name.lower() for name in names}
    return tuple((n, _masked(v) if n.lower() in secret else v) for n, v in headers)


def redact(result: Result, names: Iterable[str] = ()) -> Result:
    """Take the secrets out of a whole result. ``names`` are further headers, cookies and query parameters."""
    given = tuple(names)
    scrub = _Scrubber(given, _secrets(_headers(result), given))
    return replace(
        result,
        operations=tuple(scrub.judged(item) for item in result.operations),
        drifts=tuple(scrub.drift(drift) for drift in result.drifts),
        probes=tuple(scrub.record(record) for record in result.probes),
        undocumented=tuple(_with(item, path=scrub.text(item.path)) for item in result.undocumented),
        skipped=tuple(_with(item, reason=scrub.text(item.reason)) for item in result.skipped),
        undecided=tuple(scrub.undecided(item) for item in result.undecided),
        problem=scrub.text(result.problem),
    )


def redact_probes(probes: Iterable[Probe], names: Iterable[str] = ()) -> tuple[Probe, ...]:
    """The same for probes that were not sent yet."""
    given, planned = tuple(names), tuple(probes)
    scrub = _Scrubber(given, _secrets((h for p in planned if p.request for h in p.request.headers), given))
    return tuple(scrub.probe(probe) for probe in planned)


class Redactor:
    """The same for one exchange after the other, while a run goes on.

    ``requests`` are those that the run may send: their secrets are looked for in every exchange, those of an exchange
    in itself alone.
    """

    def __init__(self, requests: Iterable[Request], names: Iterable[str] = ()) -> None:
        self._names = tuple(names)
        self._known = _secrets((header for r in requests for header in r.headers), self._names)
        self._scrub = _Scrubber(self._names, self._known)

    def probe(self, probe: Probe) -> Probe:
        """A probe without secrets: the same for the same probe, whatever was seen before."""
        return self._for(probe).probe(probe)

    def exchange(self, probe: Probe, observation: Observation) -> tuple[Probe, Observation]:
        """A probe and what it brought without secrets."""
        return self.probe(probe), self._for(probe, observation.http).observation(observation)

    def _for(self, probe: Probe, http: HttpFacts | None = None) -> "_Scrubber":
        messages = (probe.request, probe.ahead, http)
        own = _secrets((header for m in messages if m for header in m.headers), self._names)
        return self._scrub if own <= self._known else _Scrubber(self._names, self._known | own)


def _masked(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space and scheme.lower() in _SCHEMES else HIDDEN


def _headers(result: Result) -> Iterator[tuple[str, str]]:
    for record in result.probes:
        for message in (record.probe.request, record.observation.http):
            yield from message.headers if message else ()
    for operation in result.operations:
        yield from operation.operation.headers


def _secrets(headers: Iterable[tuple[str, str]], names: Iterable[str]) -> set[str]:
    """Values that must not be seen anywhere: those of secret headers, and what is inside them."""
    secret = {*SECRET_HEADERS, *(name.lower() for name in names)}
    values = {value for name, value in headers if name.lower() in secret}
    found = {part for value in values for part in _parts(value)}
    return {part for part in found if len(part) >= _SHORTEST and HIDDEN not in part}


def _parts(value: str) -> Iterator[str]:
    scheme, space, token = value.partition(" ")
    if space and scheme.lower() in _SCHEMES:
        yield token.strip()
        yield from _password(token) if scheme.lower() == "basic" else ()
        return
    yield value
    for pair in value.split(";"):
        yield pair.partition("=")[2].strip().strip('"')


def _password(token: str) -> Iterator[str]:
    try:
        decoded = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield decoded.partition(":")[2]


class _Scrubber:
    """Applies one set of secrets to the parts of a result."""

    def __init__(self, names: tuple[str, ...], secrets: set[str]) -> None:
        self._names = names
        # Thousands of exchanges have the same headers.
        self._header = lru_cache(maxsize=4096)(self._clean)
        longest_first = sorted(secrets, key=lambda secret: (-len(secret), secret))
        self._echo = re.compile("|".join(map(re.escape, longest_first))) if secrets else None
        parameters = sorted({*SECRET_PARAMETERS, *(name.lower() for name in names)})
        self._query = re.compile(
            rf"([?&](?:{'|'.join(map(re.escape, parameters))})=)[^&#\s'\"]+", re.IGNORECASE
        )

    def text(self, value: str) -> str:
        seen = self._query.sub(rf"\g<1>{HIDDEN}", value) if "=" in value else value
        return self._echo.sub(HIDDEN, seen) if self._echo else seen

    def body(self, content: bytes) -> bytes:
        if self._echo is None:
            return content
        return self._echo.sub(HIDDEN, content.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )

    def headers(self, headers: Headers) -> Headers:
        return tuple(map(self._header, headers))

    def _clean(self, header: tuple[str, str]) -> tuple[str, str]:
        ((name, value),) = redact_headers((header,), self._names)
        return name, self.text(value)

    def judged(self, item: OperationResult) -> OperationResult:
        outcomes = tuple(_with(seen, reason=self.text(seen.reason)) for seen in item.outcomes)
        return _with(item, operation=self.operation(item.operation), outcomes=outcomes)

    def undecided(self, item: UndecidedOperation) -> UndecidedOperation:
        return _with(item, reason=self.text(item.reason), how_to_decide=self.text(item.how_to_decide))

    def operation(self, operation: Operation) -> Operation:
        body = operation.body and replace(operation.body, content=self.body(operation.body.content))
        return replace(
            operation, headers=self.headers(operation.headers), target=self.text(operation.target), body=body
        )

    def drift(self, drift: Drift) -> Drift:
        return replace(drift, message=self.text(drift.message), reproduce=self.text(drift.reproduce))

    def record(self, record: ProbeRecord) -> ProbeRecord:
        return _with(
            record,
            probe=self.probe(record.probe),
            observation=self.observation(record.observation),
            reason=self.text(record.reason),
        )

    def probe(self, probe: Probe) -> Probe:
        request, ahead = probe.request, probe.ahead
        return _with(probe, request=request and self.request(request), ahead=ahead and self.request(ahead))

    def request(self, request: Request) -> Request:
        return _with(
            request,
            target=self.text(request.target),
            headers=self.headers(request.headers),
            body=self.body(request.body),
        )

    def observation(self, observation: Observation) -> Observation:
        http = observation.http and self.response(observation.http)
        return _with(observation, http=http, detail=self.text(observation.detail))

    def response(self, http: HttpFacts) -> HttpFacts:
        return _with(
            http, headers=self.headers(http.headers), body_excerpt=self.text(http.body_excerpt)[:2000]
        )


def _with(value: V, **members: Any) -> V:  # noqa: ANN401 - as dataclasses.replace
    """The value with these members; itself where they are what it has, as nearly always."""
    changed = {name: member for name, member in members.items() if getattr(value, name) != member}
    return replace(value, **changed) if changed else value

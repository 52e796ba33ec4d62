"""Removes secrets: from headers, from query strings, and wherever a server echoed them.

Pure and idempotent. Every function that makes a result returns it redacted, so that no report has to. Certificates in
forwarded headers stay: they are public. Keys never enter a result.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from specdrift.body.values import echo_of
from specdrift.model.contract.operation import Operation, ParameterValue, ValueSource
from specdrift.model.exchange.observation import HttpFacts, Observation
from specdrift.model.exchange.probe import Probe, Request
from specdrift.model.exchange.values import pack, unpack
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import (
    OperationResult,
    ProbeRecord,
    Result,
    Skipped,
    UndecidedOperation,
    Undocumented,
)
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import IdentityOutcome
from specdrift.model.secrets import HIDDEN, SECRET_HEADERS, SECRET_PARAMETERS

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


class Redactor:
    """Removes the secrets of one run from everything that leaves it: results, recordings, checkpoints, plans.

    ``names`` are headers, cookies and query parameters whose values are secret, besides the well-known ones;
    ``requests`` those that the run may send; ``operations`` those of the document. Their secrets are searched in every
    text, those of an exchange in that exchange.
    """

    def __init__(
        self,
        names: Iterable[str] = (),
        *,
        requests: Iterable[Request] = (),
        operations: Iterable[Operation] = (),
    ) -> None:
        self._names = _Names(names)
        configured = self._names.secrets((), operations)
        self._known = self._names.secrets(requests) | configured
        self._configured = _Scrubber(self._names, configured)
        self._scrub = _Scrubber(self._names, self._known)

    def result(self, result: Result) -> Result:
        """Redact a whole result."""
        own = self._names.secrets(_messages(result), (item.operation for item in result.operations))
        scrub = self._with(own)
        return replace(
            result,
            settings=self.settings(result.settings),
            operations=tuple(scrub.judged(item) for item in result.operations),
            drifts=tuple(scrub.drift(drift) for drift in result.drifts),
            probes=tuple(scrub.record(record) for record in result.probes),
            undocumented=tuple(_with(item, path=scrub.text(item.path)) for item in result.undocumented),
            skipped=tuple(_with(item, reason=scrub.text(item.reason)) for item in result.skipped),
            undecided=tuple(scrub.undecided(item) for item in result.undecided),
            problem=result.problem and replace(result.problem, text=scrub.text(result.problem.text)),
        )

    def settings(self, settings: Mapping[str, Setting]) -> dict[str, Setting]:
        """Redact settings, by the operations alone: equal settings stay equal, whatever was sent."""
        return {key: self._configured.setting(setting) for key, setting in settings.items()}

    def json(self, value: Any) -> Any:  # noqa: ANN401
        """Redact every string of a JSON value."""
        return self._scrub.json(value)

    def probe(self, probe: Probe) -> Probe:
        """Redact a probe: equal probes stay equal, whatever was received."""
        return self._for(probe).probe(probe)

    def exchange(self, probe: Probe, observation: Observation) -> tuple[Probe, Observation]:
        """Redact a probe and its observation."""
        return self.probe(probe), self._for(probe, observation.http).observation(observation)

    def _for(self, probe: Probe, http: HttpFacts | None = None) -> "_Scrubber":
        return self._with(self._names.secrets((probe.request, probe.priming, http)))

    def _with(self, own: set[str]) -> "_Scrubber":
        return self._scrub if own <= self._known else _Scrubber(self._names, self._known | own)


def _masked(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space and scheme.lower() in _SCHEMES else HIDDEN


def _messages(result: Result) -> Iterator[Request | HttpFacts | None]:
    for record in result.probes:
        yield from (record.probe.request, record.probe.priming, record.observation.http)


class _Names:
    """What is secret by its name: the well-known headers and parameters, and those that are ``given``."""

    def __init__(self, given: Iterable[str]) -> None:
        own = {name.lower() for name in given}
        self.headers = SECRET_HEADERS | own
        self.parameters = SECRET_PARAMETERS | own
        self.query = _query(self.parameters)
        self._given_query = _query(own)

    def cover(self, parameter: ParameterValue) -> bool:
        """Whether the value of a parameter is secret: where its header or its place in the query is."""
        name = parameter.name.lower()
        covered = {"header": name in self.headers, "query": name in self.parameters, "cookie": True}
        return covered.get(parameter.location, False)

    def secrets(
        self, messages: Iterable[Request | HttpFacts | None], operations: Iterable[Operation] = ()
    ) -> set[str]:
        """Values that must not be seen anywhere, as they are and as URLs, JSON and TOML spell them."""
        parts = {part for part in self._parts(messages, operations) if HIDDEN not in part}
        spelled = (form for part in parts for form in (part, _quoted(part), json.dumps(part)[1:-1]))
        return {form for form in spelled if len(form) >= _SHORTEST}

    def _parts(
        self, messages: Iterable[Request | HttpFacts | None], operations: Iterable[Operation]
    ) -> Iterator[str]:
        """What is in secret headers and parameters. What a document itself gives a well-known parameter is no secret,
        and often an ordinary word.
        """
        sent = [message for message in messages if message]
        for name, value in {header for message in sent for header in message.headers}:
            if name.lower() in self.headers:
                # The attributes of a Set-Cookie are no secret (RFC 6265 §4.1.1).
                yield from _parts(value.partition(";")[0] if name.lower() == "set-cookie" else value)
        for target in {message.target for message in sent if isinstance(message, Request)}:
            for _, value in self._given_query.findall(target):
                yield from (value, unquote(value))
        for parameter in (parameter for operation in operations for parameter in operation.parameters):
            if parameter.source is ValueSource.CONFIG and self.cover(parameter):
                yield from _parts(parameter.value)


def _query(names: Iterable[str]) -> re.Pattern[str]:
    """A parameter of one of these names, up to its value, and the value."""
    spelled = sorted({spelling for name in names for spelling in (name, _quoted(name))})
    any_name = "|".join(map(re.escape, spelled)) or "(?!)"
    return re.compile(rf"([?&](?:{any_name})=)([^&#\s'\"]+)", re.IGNORECASE)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


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
    """Replaces one set of secrets."""

    def __init__(self, names: _Names, secrets: set[str]) -> None:
        self._names = names
        # Thousands of exchanges have the same headers.
        self._header = lru_cache(maxsize=4096)(self._clean)
        longest_first = sorted(secrets, key=lambda secret: (-len(secret), secret))
        self._echo = re.compile("|".join(map(re.escape, longest_first))) if secrets else None
        # Texts encoded in a cookie are compared like those of a body.
        self._values = echo_of(secrets, encoded=False)

    def text(self, value: str) -> str:
        seen = self._names.query.sub(rf"\g<1>{HIDDEN}", value) if "=" in value else value
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
        ((name, value),) = redact_headers((header,), self._names.headers)
        return name, self.text(value)

    def setting(self, setting: Setting) -> Setting:
        return replace(setting, value=self.json(setting.value), text=self.text(setting.text))

    def json(self, value: object) -> object:
        """Redact every string of a JSON value."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.json(item) for item in value]
            case dict():
                return {key: self.json(item) for key, item in value.items()}
            case _:
                return value

    def judged(self, item: OperationResult) -> OperationResult:
        outcomes = tuple(_with(seen, reason=self.text(seen.reason)) for seen in item.outcomes)
        return _with(item, operation=self.operation(item.operation), outcomes=outcomes)

    def undecided(self, item: UndecidedOperation) -> UndecidedOperation:
        return _with(item, reason=self.text(item.reason), how_to_decide=self.text(item.how_to_decide))

    def operation(self, operation: Operation) -> Operation:
        body = operation.body and replace(operation.body, content=self.body(operation.body.content))
        return replace(
            operation,
            headers=self.headers(operation.headers),
            target=self.text(operation.target),
            parameters=tuple(map(self.parameter, operation.parameters)),
            body=body,
        )

    def parameter(self, parameter: ParameterValue) -> ParameterValue:
        secret = self._names.cover(parameter)
        return replace(parameter, value=_masked(parameter.value) if secret else self.text(parameter.value))

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
        request, priming = probe.request, probe.priming
        return _with(
            probe, request=request and self.request(request), priming=priming and self.request(priming)
        )

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
        headers, excerpt = self.headers(http.headers), self.text(http.body_excerpt)[:2000]
        values = http.values
        if values and (excerpt != http.body_excerpt or headers != http.headers):
            before = echo_of((http.body_excerpt, *_contents(http.headers)))
            after = echo_of((excerpt, *_contents(headers)))
            # The hash of an echoed secret could be guessed.
            values = pack(unpack(values) - (before - after) - self._values)
        return _with(http, headers=headers, body_excerpt=excerpt, values=values)


def _contents(headers: Headers) -> Iterator[str]:
    """Yield the contents of headers that are read as text."""
    return (content for name, content in headers if name != "set-cookie")


def _with(value: V, **members: Any) -> V:  # noqa: ANN401 - as dataclasses.replace
    """The value with these members; itself where they are what it has, as nearly always."""
    changed = {name: member for name, member in members.items() if getattr(value, name) != member}
    return replace(value, **changed) if changed else value

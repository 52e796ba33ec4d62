"""Removes secrets: from headers, from query strings, and wherever a server echoed them.

Pure and idempotent. Every function that makes a result returns it redacted, so that no report has to. Certificates in
forwarded headers stay: they are public. Keys never enter a result.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec.structs import replace

from specdrift.body.shape import words_in
from specdrift.body.values import echo_of
from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OwnValues, ParameterValue
from specdrift.model.exchange.observation import BodyShape, HttpFacts, Observation
from specdrift.model.exchange.probe import Probe, Request
from specdrift.model.exchange.values import pack, unpack
from specdrift.model.result.drift import Drift
from specdrift.model.result.evidence import Evidence
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
from specdrift.model.secrets import (
    HIDDEN,
    SECRET_HEADERS,
    SECRET_PARAMETERS,
    hide_members,
    names_a_credential,
)
from specdrift.redaction.configured_secrets import AUTHENTICATION_SCHEMES, is_secret
from specdrift.redaction.search import SecretSearch
from specdrift.result.hidden_values import hidden_in

Headers = tuple[tuple[str, str], ...]
V = TypeVar(
    "V",
    ProbeRecord,
    Drift,
    Evidence,
    DocumentIdentity,
    SourceLocation,
    Probe,
    Request,
    Observation,
    HttpFacts,
    BodyShape,
    IdentityOutcome,
    OperationResult,
    Skipped,
    UndecidedOperation,
    Undocumented,
)
_Values = TypeVar("_Values", Operation, OwnValues)

_EXCERPT = 2000
"""Characters of a whole excerpt."""
_LONGEST_NAME = 100
"""Characters of a cookie's name that are shown."""


def redact_headers(headers: Headers, names: Iterable[str] = ()) -> Headers:
    """Replace the values of headers that carry secrets. ``names`` come on top of the well-known ones.

    The authentication scheme of an ``authorization`` value (RFC 9110 §11.1) and the names of cookies stay, for people.
    """
    secret = SECRET_HEADERS | {name.lower() for name in names}
    return tuple((n, _masked(n.lower(), v) if _is_secret(n, secret) else v) for n, v in headers)


def _is_secret(name: str, secret: Collection[str]) -> bool:
    return name.lower() in secret or names_a_credential(name)


class Redactor:
    """Removes the secrets of one run from everything that leaves it: results, recordings, checkpoints, plans.

    ``names`` are headers, cookies and query parameters whose values are hidden, besides the well-known ones.
    ``secrets`` are searched in every text. They are the owner's alone: the value of a Set-Cookie header is hidden in
    that header and never searched, since the server could blank words of the report with it.
    """

    def __init__(self, names: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._scrub = _Scrubber(_Names(names), secrets)

    def result(self, result: Result) -> Result:
        """Redact a whole result."""
        scrub = self._scrub
        return replace(
            result,
            document=scrub.document(result.document),
            settings=self.settings(result.settings),
            operations=tuple(scrub.judged(item) for item in result.operations),
            drifts=tuple(scrub.drift(drift) for drift in result.drifts),
            probes=tuple(scrub.record(record) for record in result.probes),
            undocumented=tuple(scrub.undocumented(item) for item in result.undocumented),
            skipped=tuple(_with(item, reason=scrub.text(item.reason)) for item in result.skipped),
            undecided=tuple(scrub.undecided(item) for item in result.undecided),
            problem=result.problem and replace(result.problem, text=scrub.text(result.problem.text)),
        )

    def settings(self, settings: Mapping[str, Setting]) -> dict[str, Setting]:
        """Redact settings."""
        return {key: self._scrub.setting(setting) for key, setting in settings.items()}

    def json(self, value: Any) -> Any:  # noqa: ANN401
        """Redact every string of a JSON value."""
        return self._scrub.json(value)

    def probe(self, probe: Probe) -> Probe:
        """Redact a probe: equal probes stay equal, whatever was received."""
        return self._scrub.probe(probe)

    def exchange(self, probe: Probe, observation: Observation) -> tuple[Probe, Observation]:
        """Redact a probe and its observation."""
        return self._scrub.probe(probe), self._scrub.observation(observation)


def _masked(name: str, value: str) -> str:
    if name == "set-cookie":
        return _cookie(value.partition(";")[0])
    if name == "cookie":
        return "; ".join(map(_cookie, value.split(";")))
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space and scheme.lower() in AUTHENTICATION_SCHEMES else HIDDEN


def _cookie(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name.strip()[:_LONGEST_NAME]}={HIDDEN}" if equals else HIDDEN


class _Names:
    """What is secret by its name: the well-known headers and parameters, and those that are ``given``."""

    def __init__(self, given: Iterable[str]) -> None:
        self.given = {name.lower() for name in given}
        self.headers = SECRET_HEADERS | self.given
        self.query = _query(SECRET_PARAMETERS | self.given)

    def cover(self, parameter: ParameterValue) -> bool:
        """Whether the value of a parameter is secret: where its header or its place in the query is."""
        return is_secret(parameter, self.given)


def _query(names: Iterable[str]) -> re.Pattern[str]:
    """A parameter of one of these names, up to its value, and the value."""
    spelled = sorted({spelling for name in names for spelling in (name, _quoted(name))})
    any_name = "|".join(map(re.escape, spelled)) or "(?!)"
    return re.compile(rf"([?&](?:{any_name})=)([^&#\s'\"]+)", re.IGNORECASE)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


class _Scrubber:
    """Replaces one set of secrets."""

    def __init__(self, names: _Names, secrets: Iterable[str]) -> None:
        known = set(secrets)
        self._names = names
        # Thousands of exchanges have the same headers, requests and responses.
        self._header = lru_cache(maxsize=4096)(self._clean)
        self.request = lru_cache(maxsize=4096)(self._request)
        self.response = lru_cache(maxsize=4096)(self._response)
        self._search = SecretSearch(known)
        # Texts encoded in a cookie are compared like those of a body.
        self._values = echo_of(known, encoded=False)

    def text(self, value: str, *, cut: bool = False) -> str:
        """Redact a text. ``cut``: it goes on where it ends here."""
        shown = self._names.query.sub(rf"\g<1>{HIDDEN}", value) if "=" in value else value
        return self._search.hide(shown, cut=cut)

    def body(self, content: bytes) -> bytes:
        text = content.decode("utf-8", "surrogateescape")
        hidden = self._search.hide(text)
        return content if hidden == text else hidden.encode("utf-8", "surrogateescape")

    def headers(self, headers: Headers) -> Headers:
        return tuple(map(self._header, headers))

    def _clean(self, header: tuple[str, str]) -> tuple[str, str]:
        ((name, value),) = redact_headers((header,), self._names.headers)
        return self.text(name), self.text(value)

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

    def document(self, document: DocumentIdentity) -> DocumentIdentity:
        return _with(document, source=self.text(document.source), title=self.text(document.title))

    def location(self, location: SourceLocation) -> SourceLocation:
        return _with(location, file=self.text(location.file))

    def judged(self, item: OperationResult) -> OperationResult:
        outcomes = tuple(_with(seen, reason=self.text(seen.reason)) for seen in item.outcomes)
        evidence = item.evidence and self.evidence(item.evidence)
        return _with(item, operation=self.operation(item.operation), outcomes=outcomes, evidence=evidence)

    def undecided(self, item: UndecidedOperation) -> UndecidedOperation:
        return _with(
            item,
            reason=self.text(item.reason),
            how_to_decide=self.text(item.how_to_decide),
            detail=self.text(item.detail),
        )

    def operation(self, operation: Operation) -> Operation:
        own = tuple(map(self.values, operation.own))
        return replace(self.values(operation), own=own)

    def values(self, given: _Values) -> _Values:
        body = given.body and replace(given.body, content=self.body(given.body.content))
        return replace(
            given,
            headers=self.headers(given.headers),
            target=self.text(given.target),
            parameters=tuple(map(self.parameter, given.parameters)),
            body=body,
        )

    def parameter(self, parameter: ParameterValue) -> ParameterValue:
        secret = self._names.cover(parameter)
        return replace(
            parameter, value=_masked("", parameter.value) if secret else self.text(parameter.value)
        )

    def drift(self, drift: Drift) -> Drift:
        return _with(
            drift,
            message=self.text(drift.message),
            subject=self.text(drift.subject),
            reproduce=self.text(drift.reproduce),
            location=drift.location and self.location(drift.location),
            related=tuple(map(self.location, drift.related)),
            evidence=drift.evidence and self.evidence(drift.evidence),
        )

    def evidence(self, evidence: Evidence) -> Evidence:
        return _with(
            evidence,
            shared=tuple(map(self.text, evidence.shared)),
            learned=tuple(map(self.text, evidence.learned)),
        )

    def undocumented(self, item: Undocumented) -> Undocumented:
        return _with(item, path=self.text(item.path), source=self.text(item.source))

    def record(self, record: ProbeRecord) -> ProbeRecord:
        probe, observation = self.probe(record.probe), self.observation(record.observation)
        said = hidden_in(record.probe.request, probe.request)
        if said and observation.http is not None and observation.http.values:
            # An answer may repeat what its request says, which the redacted request does not tell.
            values = pack(unpack(observation.http.values) - said)
            observation = replace(observation, http=replace(observation.http, values=values))
        return _with(record, probe=probe, observation=observation, reason=self.text(record.reason))

    def probe(self, probe: Probe) -> Probe:
        request, priming = probe.request, probe.priming
        return _with(
            probe,
            request=request and self.request(request),
            priming=priming and self.request(priming),
            variant=self.text(probe.variant),
            why=self.text(probe.why),
        )

    def _request(self, request: Request) -> Request:
        return _with(
            request,
            target=self.text(request.target),
            headers=self.headers(request.headers),
            trailers=self.headers(request.trailers),
            body=self.body(request.body),
        )

    def observation(self, observation: Observation) -> Observation:
        http = observation.http and self.response(observation.http)
        return _with(observation, http=http, detail=self.text(observation.detail, cut=True))

    def _response(self, http: HttpFacts) -> HttpFacts:
        cut = len(http.body_excerpt) >= _EXCERPT
        headers = self.headers(http.headers)
        excerpt = hide_members(self.text(http.body_excerpt, cut=cut)[:_EXCERPT], self._names.given)[:_EXCERPT]
        values, before, after = http.values, _contents(http), (excerpt, *_readable(headers))
        if values and before != after:
            # The hash of an echoed secret could be guessed.
            values = pack(unpack(values) - (echo_of(before) - echo_of(after)) - self._values)
        shape = self.shape(http.shape, excerpt if excerpt != http.body_excerpt else None)
        return _with(http, headers=headers, body_excerpt=excerpt, values=values, shape=shape)

    def shape(self, shape: BodyShape, excerpt: str | None) -> BodyShape:
        """Redact names of members. ``excerpt``: of a body in which a secret was hidden."""
        members = tuple(map(self.text, shape.members))
        if excerpt is not None and shape.kind == "text":
            # The words of a text may be parts of a secret.
            shown = frozenset(words_in(excerpt))
            members = tuple(word for word in members if word in shown)
        return _with(shape, members=members)


def _contents(http: HttpFacts) -> tuple[str, ...]:
    return (http.body_excerpt, *_readable(http.headers))


def _readable(headers: Headers) -> Iterator[str]:
    """Yield the contents of headers that are read as text."""
    return (content for name, content in headers if name != "set-cookie")


def _with(value: V, **members: Any) -> V:  # noqa: ANN401 - as structs.replace
    """The value with these members; itself where they are what it has, as nearly always."""
    changed = {
        name: member
        for name, member in members.items()
        if (old := getattr(value, name)) is not member and old != member
    }
    return replace(value, **changed) if changed else value

"""Follows redirects, at most three, on the same origin, as the same caller, with the cookies of these only. Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import FOLLOWED, Classifier
from specdrift.classify.likeness import redirect_pattern
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Connection, Control, Probe, Request
from specdrift.model.exchange.redirect import NotFollowed, Redirect
from specdrift.model.plural import with_verb
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Classification, Obstacle
from specdrift.model.shortened import shortened

MOST = 200
"""Maximum number of first attempts of a check whose redirect is followed."""
Sent = tuple[OperationKey | None, str, Connection, Request | None, Request]
"""Operation, identity, connection, priming request and request."""
Pattern = tuple[str, ...]


def following(classifier: Classifier, exchange: Exchange, classification: Classification) -> Iterator[Probe]:
    """Yield the probe that follows the redirect of an exchange, if its target's answer decides and is not known."""
    target = classifier.log.next_target(exchange) if classification.obstacle in FOLLOWED else None
    if target is not None:
        last, request = target
        yield _following(last.probe, request, priming=None)


def _following(probe: Probe, request: Request, priming: Request | None) -> Probe:
    return replace(
        probe,
        request=request,
        priming=priming,
        variant=f"{probe.variant or probe.phase.name.lower()} redirected",
        why="whether the redirect's target serves the resource",
        follows=probe.id,
    )


def following_attempts(classifier: Classifier, check: str) -> Iterator[Probe]:
    """Yield the probes that follow the redirects of altered requests, at most ``MOST`` of first attempts."""
    known = _Known(classifier)
    for exchange, redirect in _redirected(classifier, check):
        if redirect.request is not None and known.is_to_follow(exchange, redirect.request):
            yield _following(exchange.probe, redirect.request, exchange.probe.priming)


def unknown_targets(classifier: Classifier, check: str) -> Iterator[Skipped]:
    """Report once the attempts that were redirected to a place whose answer is not known."""
    known = _Known(classifier)
    unknown = [
        exchange
        for exchange, redirect in _redirected(classifier, check)
        if _is_first(exchange.probe) and known.is_open(exchange, redirect)
    ]
    if not unknown:
        return
    request, http = unknown[0].probe.request, unknown[0].observation.http
    assert request is not None and http is not None  # noqa: S101, PT018 - a redirect answers a request
    count = with_verb(len(unknown), "attempt", "was", "were")
    sent, target = f"{request.method} {shortened(request.target)}", shortened(http.header("location"))
    reason = (
        f"{count} redirected to a place whose answer is not known, such as {sent} to {target}: request it by hand as "
        "the refused caller; it must not serve the data"
    )
    yield Skipped(check=check, kind=SkipReason.UNDECIDABLE, reason=reason)


def _redirected(classifier: Classifier, check: str) -> Iterator[tuple[Exchange, Redirect]]:
    """Yield the redirected exchanges of a check, those followed first. Its unaltered requests are left out."""
    found = [
        (exchange, redirect)
        for exchange in classifier.log.by_check(check)
        if exchange.probe.operation is not None
        and _control(exchange.probe) is not Control.BASELINE
        and (redirect := classifier.redirect(exchange)) is not None
    ]
    yield from sorted(found, key=lambda pair: classifier.log.followed(pair[0]) is None)


def _control(probe: Probe) -> Control | None:
    return probe.tag.control if probe.tag else None


def _is_first(probe: Probe) -> bool:
    """Whether it is the first exchange of an attempt: no repetition, no control."""
    return probe.attempt == 1 and _control(probe) is None


class _Known(Struct):
    """Redirects whose target's answer is known. Exchanges that were followed have to be given first."""

    classifier: Classifier
    sent: set[Sent] = field(default_factory=set)
    """The requests that followed a redirect."""
    followed: int = 0
    """First attempts that were followed."""
    patterns: dict[tuple[OperationKey, str], frozenset[Pattern]] = field(default_factory=dict)
    """Targets of the redirects that refuse a caller's unaltered request."""

    def is_to_follow(self, exchange: Exchange, request: Request) -> bool:
        """Return whether to follow this redirect; counts it."""
        first = _is_first(exchange.probe)
        is_known = self._is_refusal(exchange) or (first and self._was_sent(exchange, request))
        if first and not is_known:
            self._count(exchange, request)
        within = not first or self.followed <= MOST
        return within and not is_known and self.classifier.log.followed(exchange) is None

    def is_open(self, exchange: Exchange, redirect: Redirect) -> bool:
        """Return whether the answer of the target is not known."""
        follower = self.classifier.log.followed(exchange)
        if follower is not None:
            if redirect.request is not None:  # of a recording, a cookie that was set is not known any more
                self._count(exchange, redirect.request)
            again = self.classifier.redirect(follower)
            if again is not None and again.request is not None and self._was_sent(exchange, again.request):
                return False
            return self.classifier.compared(exchange).obstacle is Obstacle.REDIRECT
        if redirect.request is not None:
            return not (self._is_refusal(exchange) or self._was_sent(exchange, redirect.request))
        if self._is_refusal(exchange) or self.classifier.compared(exchange).outcome.refused:
            return False
        if redirect.not_followed is NotFollowed.OTHER_PORT:
            return not _begins_tls(exchange)
        return redirect.not_followed is not NotFollowed.OTHER_HOST or not _names_its_host(exchange)

    def _count(self, exchange: Exchange, request: Request) -> None:
        self.sent.add(_sent(exchange.probe, request))
        self.followed += 1

    def _was_sent(self, exchange: Exchange, request: Request) -> bool:
        """Return whether the request was sent before, to follow another redirect or unaltered."""
        probe = exchange.probe
        unaltered = self.classifier.log.of(CERTIFICATE, probe.operation, probe.identity)
        sent = _sent(probe, request)
        return sent in self.sent or any(
            each.probe.request is not None and _sent(each.probe, each.probe.request) == sent
            for each in unaltered
        )

    def _is_refusal(self, exchange: Exchange) -> bool:
        """Return whether the caller's unaltered request is redirected there too, and no valid certificate's is."""
        operation, identity = exchange.probe.operation, exchange.probe.identity
        assert operation is not None and exchange.observation.http is not None  # noqa: S101, PT018 - see _redirected
        place = redirect_pattern(exchange.observation.http)
        if (operation, identity) not in self.patterns:
            valid = (name for name, each in self.classifier.log.identities.items() if each.is_control)
            admitted = {p for name in valid for p in self._patterns(operation, name)}
            own = set(self._patterns(operation, identity))
            self.patterns[operation, identity] = frozenset(own - admitted)
        return place in self.patterns[operation, identity]

    def _patterns(self, operation: OperationKey, identity: str) -> Iterator[Pattern]:
        for each in self.classifier.log.of(CERTIFICATE, operation, identity):
            if each.observation.http is not None and (place := redirect_pattern(each.observation.http)):
                yield place


def _sent(probe: Probe, request: Request) -> Sent:
    return probe.operation, probe.identity, probe.connection.kind, probe.priming, request


def _begins_tls(exchange: Exchange) -> bool:
    """Return whether the redirect repeats a request without TLS at the same host with TLS."""
    request, http = exchange.probe.request, exchange.observation.http
    assert request is not None and http is not None  # noqa: S101, PT018 - a redirect answers a request
    place = urlsplit(http.header("location").strip())
    same = place.path.rstrip("/") == request.target.partition("?")[0].rstrip("/")
    return same and place.scheme.lower() == "https" and not exchange.probe.connection.endpoint.tls


def _names_its_host(exchange: Exchange) -> bool:
    """Return whether the redirect goes to a host that the request named itself, in a header or its target."""
    request, http = exchange.probe.request, exchange.observation.http
    assert request is not None and http is not None  # noqa: S101, PT018 - a redirect answers a request
    host = (urlsplit(http.header("location").strip()).hostname or "").lower()
    named = (request.target, exchange.probe.connection.endpoint.server_name, *(v for _, v in request.headers))
    return bool(host) and any(host in text.lower() for text in named)

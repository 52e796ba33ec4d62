"""Answers of open operations that refuse every caller alike, whatever the certificate. Pure.

A login answers 401 to made-up credentials, and a link that was sent by mail 404 to a made-up token: neither asks for a
certificate. That is shown where each caller gets the same, and where it is neither how this server refuses callers on
guarded operations nor what it answers for paths that do not exist.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from http import HTTPStatus

from msgspec import Struct

from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange, is_control, own_request, refused_exchanges
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.explanation.refused import MEMBER, words_in, words_of_paths
from specdrift.classify.likeness import redirect_pattern, redirects, same_answer
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import EXCERPT, HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Classification, Confidence, Obstacle, Outcome

REFUSING, MISSING = frozenset({401, 403}), frozenset({404, 410})
"""Statuses of answers to unsuitable credentials, and to identifiers that do not exist."""
ABOUT_CERTIFICATES = re.compile(
    r"[cz]ertifi|sertifi|сертифик|\bm?tls\b|\bssl\b|x\.?509|client[ _-]?cert|证书|證書|証明書|인증서",
    re.IGNORECASE,
)
PARTS = re.compile(r"[\W_]+")
MOSTLY = 0.5
"""Share of a refusal's words from which another answer is one of its kind."""


class Said(Struct, frozen=True):
    """The words of a body, without identifiers and times."""

    status: int
    kind: str
    vocabulary: frozenset[str]
    own: frozenset[str]
    """Those that are not in the path of the request."""


def answered_as_all(found: Classification, classifier: Classifier, entry: Exchange) -> Classification:
    """Return the classification of an open operation's answer: admitted if all callers get it, for other reasons."""
    operation, http = entry.probe.operation, entry.observation.http
    refuses = found.outcome is Outcome.REFUSED_BY_APPLICATION and not found.certificate
    if operation is None or http is None or not (refuses or found.obstacle is Obstacle.NOT_FOUND):
        return found
    if refuses and entry.probe.identity != ANONYMOUS.name and _redirected_as_all(classifier, operation, http):
        reason = f"{found.reason}; so is a caller without a certificate"
        return Classification(outcome=Outcome.ADMITTED, reason=reason, confidence=Confidence.MEDIUM)
    if not any(same_answer(http, one) for one in classifier.anonymous_answers(operation)):
        return found
    if not _is_of_the_operation(classifier, operation):
        return found
    if http.status in MISSING:
        reason = f"HTTP {http.status} from the operation itself: the request's values do not suit it"
        return Classification(outcome=Outcome.ADMITTED, reason=reason, confidence=Confidence.LOW)
    reason = (
        f"HTTP {http.status} to all callers alike, with or without a certificate, and not how this server refuses "
        "callers without one: the request's values do not suit it"
    )
    return Classification(outcome=Outcome.ADMITTED, reason=reason, confidence=Confidence.MEDIUM)


def _redirected_as_all(classifier: Classifier, operation: OperationKey, http: HttpFacts) -> bool:
    """Return whether an operation redirects this caller as it does the anonymous one: to a login that is for all."""
    return redirects(http) and any(
        same_answer(http, one) and redirect_pattern(http) == redirect_pattern(one)
        for one in classifier.anonymous_answers(operation)
    )


def _is_of_the_operation(classifier: Classifier, operation: OperationKey) -> bool:
    known = classifier.of_the_operation.get(operation)
    if known is None:
        known = classifier.of_the_operation[operation] = _compare(classifier, operation)
    return known


def _compare(classifier: Classifier, operation: OperationKey) -> bool:
    """Return whether all callers get one answer, which is unlike the server's refusals and unknown paths."""
    one = _one_for_all(classifier, operation)
    if one is None:
        return False
    unknown = [_said(entry) for entry, _ in classifier.learned.unknown.answered]
    if not is_unlike_unknown(one, unknown):
        return False
    refusals = {_said(entry) for entry in refused_exchanges(classifier.log) if entry.observation.http}
    alike = [each for each in refusals if (each.status, each.kind) == (one.status, one.kind)]
    if one.status in MISSING and not alike:
        return True
    of_site = frozenset().union(*(each.vocabulary for each in unknown))
    return bool(classifier.denials) and is_unlike_refusals(
        one, alike, refusals, of_site, words_of_paths([operation.path])
    )


def _one_for_all(classifier: Classifier, operation: OperationKey) -> Said | None:
    """Return what the answers to all callers with and without a certificate have in common, if these are the same.

    They are if they differ in identifiers, times and numbers alone.
    """
    log = classifier.log
    by_caller = {
        name: [e for e in log.of(CERTIFICATE, operation, name) if e.observation.http]
        for name in log.identities
        if name == ANONYMOUS.name or is_control(log, name)
    }
    entries = [entry for own in by_caller.values() for entry in own]
    if len(by_caller) < 2 or not all(by_caller.values()) or not all(map(_is_read, entries)):
        return None
    answers = [entry.observation.http for entry in entries]
    first, said = answers[0], [_said(entry) for entry in entries]
    if first is None or not all(other and same_answer(first, other) for other in answers):
        return None
    words = frozenset.intersection(*(each.vocabulary for each in said))
    if any(_has_letters(word) for each in said for word in each.own - words):
        return None
    own = frozenset.intersection(*(each.own for each in said))
    return Said(first.status, first.shape.kind, words, own) if own else None


def _is_read(entry: Exchange) -> bool:
    """Return whether an answer may be one to unsuitable values: its text is known, and it is not about certificates."""
    http = entry.observation.http
    if http is None or http.status not in REFUSING | MISSING:
        return False
    text = f"{http.body_excerpt} {http.header('www-authenticate')}"
    return len(http.body_excerpt) < EXCERPT and not ABOUT_CERTIFICATES.search(text)


def is_unlike_unknown(one: Said, unknown: Iterable[Said]) -> bool:
    """Return whether an answer is not what the server gives for paths that do not exist.

    A page that is the same for all of them has neither other nor more words. One that names the path has at least the
    words that all of them have.
    """
    same = [each for each in unknown if (each.status, each.kind) == (one.status, one.kind)]
    if not same:
        return True
    common = frozenset.intersection(*(each.vocabulary for each in same))
    if all(each.own == each.vocabulary == common for each in same):
        return not common <= one.vocabulary or bool(one.own - common)
    return bool(common) and len(common & one.vocabulary) < MOSTLY * len(common)


def is_unlike_refusals(
    one: Said,
    alike: Iterable[Said],
    refusals: Iterable[Said],
    of_site: Collection[str],
    names: Collection[str],
) -> bool:
    """Return whether an answer has words of its own, and less than half of those of each refusal with its status.

    A refusal may name the operation, and the phrase of its status.
    """
    known = {word for each in refusals for word in each.vocabulary}.union(of_site)
    if not any(map(_has_letters, set(_telling(one, names)) - _phrase(one) - known)):
        return False
    for each in alike:
        telling = set(_telling(each, names)) - set(of_site)
        telling = telling - _phrase(each) or telling
        if not telling or len(telling & one.vocabulary) >= MOSTLY * len(telling):
            return False
    return True


def _telling(said: Said, names: Collection[str]) -> Iterator[str]:
    """Yield the words that are neither the status nor have a word of a path."""
    parts = {part for name in names for part in PARTS.split(name)}
    return (word for word in said.own if word != str(said.status) and parts.isdisjoint(PARTS.split(word)))


def _phrase(said: Said) -> frozenset[str]:
    """Return the words of the reason phrase of the status."""
    return frozenset(HTTPStatus(said.status).phrase.casefold().split())


def _said(entry: Exchange) -> Said:
    http, request = entry.observation.http, own_request(entry) or Request(method="GET", target="")
    assert http is not None  # noqa: S101 - only exchanges with a response come here
    words = frozenset(
        word.token.word
        for word in words_in(http)
        if word.piece.name != MEMBER and not word.piece.name.endswith(":") and not word.is_distinctive
    )
    path = request.target.partition("?")[0].casefold()
    echoed = words_of_paths([path])
    own = frozenset(w for w in words if w not in echoed and not ("/" in w and (w in path or path in w)))
    return Said(http.status, http.shape.kind, words, own)


def _has_letters(word: str) -> bool:
    return any(map(str.isalpha, word))

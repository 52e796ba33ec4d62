"""Classifications are kept from round to round: those of a fresh classifier are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import method_variant, names, path_variant
from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.checks.core.base import roles_of
from specdrift.checks.forwarded import forwarded
from specdrift.classify.check_names import EVIDENCE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import HTTP_2
from tests.checks.plan_builders import context, observation_of, planned, play
from tests.checks.test_redirected_attempts import DATA, PUBLIC, serving, to

EVERYTHING = (
    *(unknown_path.CHECK, certificate.CHECK, consistency.CHECK),
    *(path_variant.CHECK, method_variant.CHECK, names.CHECK, forwarded.CHECK),
)


def sent(order: int) -> tuple[ExchangeLog, list[Exchange]]:
    """Return an empty log, and exchanges for it in some order; each follows what it was redirected by."""
    chosen = context(planned(), PUBLIC)
    log = play(
        EVERYTHING,
        chosen,
        serving(lambda probe: to("/copy") if probe.check == path_variant.CHECK.name else None),
    )
    entries = list(log.by_id.values())
    Random(order).shuffle(entries)
    entries.sort(key=lambda entry: len(list(log.before(entry))))
    empty = ExchangeLog(identities=chosen.identities, roles=roles_of(chosen.operations))
    return empty, entries


@pytest.mark.slow
@pytest.mark.parametrize("order", range(3))
def test_kept_ones_are_those_of_a_fresh_classifier(order: int) -> None:
    """Whatever comes first: evidence, altered requests, or what their redirects lead to."""
    log, entries = sent(order)
    kept = 0
    for number, entry in enumerate(entries):
        before = log.classifier()
        log.add(entry.probe, entry.observation)
        classifier = log.classifier()
        kept += classifier is before
        if number % 20 == 0 or entry.probe.follows:
            fresh = Classifier(log)
            for each in log.by_id.values():
                assert classifier.compared(each) == fresh.compared(each)
                assert classifier.control(each) == fresh.control(each)
    assert len(entries) > 100
    assert 0 < kept < len(entries)


def test_evidence_makes_a_new_classifier() -> None:
    """And so do a probe that is sent again, and the first answer to a valid certificate on a kind of connection."""
    log, entries = sent(0)
    for entry in entries:
        log.add(entry.probe, entry.observation)
    altered = next(e for e in entries if e.probe.check == names.CHECK.name and not e.probe.follows)
    evidence = next(e for e in entries if e.probe.check == certificate.CHECK.name)

    def makes_a_new_one(exchange: Exchange, **changes: Any) -> bool:  # noqa: ANN401 - of any field
        before = log.classifier()
        assert before.control_connections
        probe = replace(exchange.probe, **changes)
        log.add(probe, observation_of(probe, DATA))
        return log.classifier() is not before

    assert makes_a_new_one(altered)
    assert not makes_a_new_one(altered, variant="another")
    assert makes_a_new_one(evidence, variant="another")
    other = replace(altered.probe.connection, alpn=HTTP_2)
    assert not makes_a_new_one(altered, variant="over HTTP/2", connection=other)
    assert makes_a_new_one(altered, variant="of alice", connection=other, identity="alice")
    assert not makes_a_new_one(altered, variant="of alice again", connection=other, identity="alice")


def test_a_failed_handshake_is_judged_again_after_an_answer_to_a_valid_certificate() -> None:
    """Until then the connection itself may be what the server refuses."""
    log, entries = sent(0)
    probe = next(e.probe for e in entries if e.probe.check == names.CHECK.name and not e.probe.follows)
    log.add(probe, observation_of(probe, "handshake_failure"))
    entry = log.by_id[probe.id]
    first = log.classifier().compared(entry)
    control = replace(probe, variant="control", identity="alice")
    log.add(control, observation_of(control, Ending.SILENCE))
    assert log.classifier().compared(entry) == first
    log.add(replace(control, variant="again"), observation_of(control, DATA))
    assert log.classifier().compared(entry) != first


class Asked(ExchangeLog):
    """Notes whose exchanges are looked at."""

    names: ClassVar[set[str]] = set()

    def of(self, check: str, operation: OperationKey | None, identity: str) -> Sequence[Exchange]:
        self.names.add(check)
        return super().of(check, operation, identity)

    def by_check(self, check: str) -> Iterator[Exchange]:
        self.names.add(check)
        return super().by_check(check)


def test_classifications_depend_on_evidence_alone() -> None:
    """A check whose exchanges are to be learned from belongs to ``EVIDENCE``."""
    log, entries = sent(0)
    asked = Asked(identities=log.identities, roles=log.roles)
    for entry in entries:
        asked.add(entry.probe, entry.observation)
    classifier = asked.classifier()
    for entry in entries:
        for classify in (classifier.compared, classifier.control, classifier.allowed, classifier.altered):
            classify(entry)
        classifier.carried(entry)
    assert asked.names == EVIDENCE

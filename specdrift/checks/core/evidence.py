"""What a finding rests on: the values that an answer carries, the learned denial, repetitions. Pure."""

from specdrift.body.values import words_of
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.learned import values_of
from specdrift.classify.resource import Carried
from specdrift.model.exchange.values import weight
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.finding import Finding

SHOWN = 4
"""Values that are shown."""
CLEAR = 2
"""Characters of a value that are shown."""


def evidence_of(finding: Finding, classifier: Classifier) -> Evidence | None:
    """Return what a finding rests on; ``None`` if no exchange shows it."""
    exchanges = [classifier.log.by_id[name] for name in finding.probes if name in classifier.log.by_id]
    if not exchanges:
        return None
    last = classifier.log.followed(exchanges[0]) or exchanges[0]
    carried, share = _carried(last, classifier)
    denial = next((denial for denial in classifier.denials if denial.of_the_server), None)
    return Evidence(
        shared=carried,
        share=share,
        denial_status=denial.kind[0] if denial else 0,
        denial_operations=denial.operations if denial else 0,
        attempts=sum(
            entry.probe.identity == finding.identity and not entry.probe.follows for entry in exchanges
        ),
    )


def _carried(entry: Exchange, classifier: Classifier) -> tuple[tuple[str, ...], int]:
    """Return some of the resource's values in an answer, masked, and their part of the resource in percent."""
    http, operation = entry.observation.http, entry.probe.operation
    if http is None or operation is None:
        return (), 0
    carried: Carried = classifier.resource(operation).carried_by(values_of(entry))
    if carried.is_negligible:
        return (), 0
    texts = (http.body_excerpt, *(content for _, content in http.headers))
    found = {number: word for text in texts for number, word in words_of(text) if number in carried.values}
    strongest = sorted(found, key=lambda number: (-weight([number]), found[number]))
    return tuple(_masked(found[number]) for number in strongest[:SHOWN]), round(100 * carried.part)


def _masked(word: str) -> str:
    return f"{word[:CLEAR]}\u2026" if len(word) > 2 * CLEAR else "\u2026"

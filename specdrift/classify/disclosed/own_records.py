"""What a server writes down of requests, such as their identifiers in an access log, and lists for valid callers. Pure.

A refusal may have its own identifier, which the log has from then on. No refusal has that from the log, which lacked it
before; and no other refusal has it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from specdrift.classify.exchange import Exchanges, is_control, own_values_of
from specdrift.classify.resource import NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.values import STRENGTH, Strength, data_of

LEAST_WRITTEN = 3
"""Values of refusals that an answer lacked before, and another has afterwards, from which the operation is a log."""
MOST_EARLIER = 8
"""How many times fewer values an answer may have had long before the refusal."""
UNDER_WAY = 64
"""Exchanges that may end between an answer and a refusal that were under way at once."""
Answers = Mapping[str, Sequence[tuple[int, Values]]]
"""The answers of an operation to each valid identity, with when each ended."""


def own_records(log: Exchanges, operations: Iterable[tuple[OperationKey, Sequence[Values]]]) -> Values:
    """Return the values that logs have of the requests of callers without a valid certificate.

    ``operations``: each with the values of some answers to valid certificates. A log is one of those that change.
    """
    changing = frozenset(key for key, answers in operations if _changes(answers))
    if not changing:
        return NOTHING
    answers: dict[OperationKey, dict[str, list[tuple[int, Values]]]] = defaultdict(lambda: defaultdict(list))
    refused: dict[int, int] = {}
    several = set[int]()
    for number, entry in enumerate(log.by_id.values()):
        probe, http = entry.probe, entry.observation.http
        if http is None:
            continue
        if not is_control(log, probe.identity):
            for value in _telling(own_values_of(log, entry)):
                if refused.setdefault(value, number) != number:
                    several.add(value)
        elif probe.operation in changing and 200 <= http.status < 300:
            answers[probe.operation][probe.identity].append((number, own_values_of(log, entry)))
    once = {value: number for value, number in refused.items() if value not in several}
    return NOTHING.union(*(_written(each, once) for each in answers.values()))


def _changes(answers: Sequence[Values]) -> bool:
    """Return whether some answers have data of several entries that others lack."""
    common = frozenset.intersection(*answers) if answers else NOTHING
    return len(_telling(NOTHING.union(*answers) - common)) >= LEAST_WRITTEN


def _telling(values: Values) -> Values:
    """Return the data that two answers hardly share by chance."""
    return frozenset(each for each in data_of(values) if each & STRENGTH >= Strength.MEDIUM)


def _written(answers: Answers, once: Mapping[int, int]) -> Values:
    """Return the values of refusals that the answers have from then on; nothing unless that is seen of several.

    Data that refusals give away stand in answers before these as often as after them.
    """
    having: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for identity, each in answers.items():
        for ended, values in each:
            for value in values & once.keys():
                having[value].append((ended, identity))
    earlier = {value for value, had in having.items() if min(had)[0] + UNDER_WAY < once[value]}
    first = {identity: each[0][0] for identity, each in answers.items()}
    lacked = sum(
        min(had)[0] > once[value] and any(first[who] < once[value] for _, who in had)
        for value, had in having.items()
    )
    is_a_log = lacked >= max(LEAST_WRITTEN, MOST_EARLIER * len(earlier))
    return frozenset(having) - earlier if is_a_log else NOTHING

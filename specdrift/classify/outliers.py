"""Operations whose denials always have data that the denials of most other operations lack. Pure.

An incident number or a time varies with each answer, and a code is constant on every operation. Data that are constant
on a single operation say something about it. They are suspicious where the resource has them too, however small they
are, and where they take the place of data that vary on other operations.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from specdrift.classify.denials import Answered, kind_of
from specdrift.classify.resource import NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.values import booleans_of, data_of, is_weak, unpack, weight

LEAST_ANSWERS, LEAST_FOR_DIGITS = 2, 3
"""Answers of an operation from which data are constant rather than equal by chance; one or two digits."""
LEAST_OPERATIONS = 3
"""Operations from which one can differ from most."""
MOST = 0.5
"""Share of the operations, or of the answers, above which they are most."""


class _OnOperation(Struct, frozen=True):
    """The denials of one form on one operation."""

    constant: Values
    every: Values
    """The same with those that few answers may have by chance, or that their requests say: these may be usual."""
    varies: bool
    """Whether most answers have data of their own."""


def peculiar_data(
    refused: Iterable[Answered], resource_data: Callable[[OperationKey], Values]
) -> Mapping[OperationKey, Values]:
    """Return the suspicious data in the denials of each operation, for operations that have any.

    ``refused`` are the answers to callers who must be refused, ``resource_data`` returns the data of the resource.
    """
    answers: dict[object, dict[OperationKey, list[Answered]]] = defaultdict(lambda: defaultdict(list))
    for answer in refused:
        answers[kind_of(answer.http)][answer.operation].append(answer)
    found: dict[OperationKey, Values] = {}
    for by_operation in answers.values():
        for operation, values in _peculiar(by_operation, resource_data):
            found[operation] = found.get(operation, NOTHING) | values
    return found


def _peculiar(
    by_operation: Mapping[OperationKey, Sequence[Answered]], resource_data: Callable[[OperationKey], Values]
) -> Iterable[tuple[OperationKey, Values]]:
    operations = {
        operation: _on_operation(answers)
        for operation, answers in by_operation.items()
        if len(answers) >= LEAST_ANSWERS
    }
    if len(operations) < LEAST_OPERATIONS:
        yield from _most_of_little(operations, resource_data)
        return
    most = MOST * len(operations)
    times = Counter(number for each in operations.values() for number in each.every)
    usual = frozenset(number for number, count in times.items() if count > most)
    most_vary = sum(each.varies for each in operations.values()) > most
    for operation, each in operations.items():
        own, resource = data_of(each.constant - usual), resource_data(operation)
        in_place_of_noise = most_vary and not each.varies
        suspicious = own if in_place_of_noise else own & resource
        if booleans_of(resource):
            suspicious |= booleans_of(own)
        if suspicious:
            yield operation, suspicious


def _most_of_little(
    operations: Mapping[OperationKey, _OnOperation], resource_data: Callable[[OperationKey], Values]
) -> Iterable[tuple[OperationKey, Values]]:
    """Yield constant data that are most of the resource's, where too few operations show what is usual.

    What all of several operations have in their denials is usual.
    """
    several = len(operations) > 1
    usual = frozenset.intersection(*(each.every for each in operations.values())) if several else NOTHING
    for operation, each in operations.items():
        resource = resource_data(operation) - usual
        shared = each.constant & resource
        if shared and weight(shared) >= MOST * weight(resource):
            yield operation, shared


def _on_operation(answers: Sequence[Answered]) -> _OnOperation:
    constant = frozenset.intersection(*(answer.values for answer in answers))
    every = frozenset.intersection(*(unpack(answer.http.values) for answer in answers))
    if len(answers) < LEAST_FOR_DIGITS:
        constant = frozenset(number for number in constant if not is_weak(number))
    varying = sum(bool(data_of(answer.values - constant)) for answer in answers)
    return _OnOperation(constant, every, varies=varying > MOST * len(answers))

"""Schema of what each caller gets at two targets of one document."""

from typing import Any

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.two_targets import (
    ComparedCaller,
    ComparedOperation,
    TargetAgreement,
    TargetComparison,
)
from specdrift.model.result.verdict import Outcome
from specdrift.result.schema.codec import array, choice, derived, member, nullable, record
from specdrift.result.schema.scalars import FLAG, TEXT

_AGREEMENT = derived(
    "agreement",
    choice(TargetAgreement),
    lambda one: one.agreement,
    about="undecided: not decided at both targets.",
)
_CALLER = record(
    "compared_caller",
    "One caller of an operation, at both targets.",
    (
        member("identity", TEXT),
        member("here", nullable(choice(Outcome)), about="At this target; null: not sent."),
        member("there", nullable(choice(Outcome)), about="At the other target; null: not sent."),
        member(
            "refused_alike",
            FLAG,
            about="Not sent to one target, which refused it on all operations that got it; the other one refuses it.",
            default=False,
        ),
        _AGREEMENT,
    ),
    ComparedCaller,
)


def _operation(*, method: str, path: str, **values: Any) -> ComparedOperation:  # noqa: ANN401
    return ComparedOperation(operation=OperationKey(method=method, path=path), **values)


_OPERATION = record(
    "compared_operation",
    "One operation at both targets.",
    (
        member("method", TEXT, "operation.method"),
        member("path", TEXT, "operation.path"),
        _AGREEMENT,
        member("callers", array(_CALLER)),
    ),
    _operation,
)
TWO_TARGETS = record(
    "two_targets",
    "This target and another one, operation by operation.",
    (
        member("base_url", TEXT, about="Of the other target."),
        member(
            "operations", array(_OPERATION), about="Those that differ come first, then the undecided ones."
        ),
    ),
    TargetComparison,
)

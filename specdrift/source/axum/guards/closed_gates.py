"""What stands before a router where connections are accepted: whether it keeps clients without a certificate out."""

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_frames import AloneRun
from specdrift.source.axum.guards.absent.absent_values import ABSENT
from specdrift.source.axum.syntax.values import ServedCall


def closes(gate: ServedCall, case: AbsentCase) -> bool:
    """Return whether a call is never reached without a certificate, though it is with one.

    Of an acceptor or a listener: whether it then returns no connection.
    """
    without, otherwise = (_alone(gate, one) for one in (case, case.otherwise()))
    return (
        without is not None
        and otherwise is not None
        and _opens(gate, otherwise)
        and not _opens(gate, without)
    )


def _alone(gate: ServedCall, case: AbsentCase) -> AloneRun | None:
    return case.alone(gate.function, gate.module, gate.owner)


def _opens(gate: ServedCall, found: AloneRun) -> bool:
    if gate.call is None:
        return not found.value <= {ABSENT}
    return gate.call.id in found.calls

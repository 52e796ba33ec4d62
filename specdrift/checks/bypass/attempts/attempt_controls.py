"""The controls of an attempt that seems to arrive. Pure."""

from collections.abc import Iterator

from msgspec.structs import replace

from specdrift.checks.bypass.attempts.bypass_definition import BypassDefinition
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import as_control, fresh, repeat
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import companion
from specdrift.model.exchange.probe import Control, Probe


def controls(check: BypassDefinition, attempt: BypassAttempt, context: PlanContext) -> Iterator[Probe]:
    """Repeat the attempt on fresh connections, then send its negative and its positive control."""
    probe = check.probe(attempt)
    yield from repeat(probe)
    control = replace(fresh(probe), control=True)
    yield replace(
        control,
        request=attempt.negative_control,
        variant=f"{attempt.name} negative control",
        tag=as_control(attempt.tag, Control.NEGATIVE),
        why="negative control: the same alteration on something that does not exist",
    )
    valid = companion(attempt.planned, context)
    if attempt.positive_control is PositiveControl.SENT and valid:
        yield replace(
            control,
            identity=valid,
            tag=as_control(attempt.tag, Control.POSITIVE),
            why="positive control: the same alteration with a valid certificate",
        )

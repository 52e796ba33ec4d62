"""An operation that anybody may call, from where ways around the certificate begin. Pure."""

from specdrift.checks.base import PlanContext
from specdrift.checks.presence import LETS_IN
from specdrift.settings import UnsafeMethods


def public_target(context: PlanContext) -> str:
    """The target of the first GET that the document lets anybody call, without credentials; empty for none."""
    targets = (
        context.base_path + subject.operation.target
        for subject in context.subjects
        if subject.mode is UnsafeMethods.SEND
        and subject.request.method == "GET"
        and subject.operation.requirement.demand in LETS_IN
    )
    return next(targets, "")

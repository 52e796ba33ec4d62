"""An operation that anybody may call, from where ways around the certificate begin. Pure."""

from specdrift.checks.base import PlanContext, Subject
from specdrift.checks.presence import LETS_IN
from specdrift.settings import UnsafeMethods


def public_target(context: PlanContext) -> str:
    """The target of the first GET that the document lets anybody call, without credentials; empty for none."""
    targets = (
        context.base_path + subject.operation.target for subject in context.subjects if is_public(subject)
    )
    return next(targets, "")


def is_public(subject: Subject) -> bool:
    """Whether it is a GET that the document lets anybody call, and that may be sent."""
    sent = subject.mode is UnsafeMethods.SEND and subject.request.method == "GET"
    return sent and subject.operation.requirement.demand in LETS_IN

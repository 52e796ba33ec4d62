"""The result of a check whose time was used up before it had one: reports and jobs must see that nothing is judged."""

from datetime import datetime

from msgspec.structs import replace

from specdrift.errors import ExitStatus
from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.result import Result
from specdrift.offline.offline_result import offline_result
from specdrift.settings import Settings

_NO_RESULT = Problem(
    kind=ProblemKind.STOPPED,
    text="the time for the whole run is used up (--overall-timeout), and the run had no result yet",
)


def out_of_time(settings: Settings, now: datetime) -> Result:
    """Return a result without operations: the document may be what took the time."""
    document = DocumentIdentity(source=settings.spec, sha256="", openapi="", title="")
    result = offline_result(
        settings,
        Contract(document=document, operations=()),
        now,
        status=ExitStatus.INCOMPLETE,
        target=settings.base_url,
    )
    return replace(result, problem=_NO_RESULT, stop_reason=StopReason.OVERALL_TIMEOUT)

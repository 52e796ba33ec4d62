"""Requests on their way through the handlers of a route, and what each handler does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.go.requests.request_values import FORWARDED, REDIRECTING, REFUSING
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    GoNil,
    GoNumber,
    GoUnknown,
    GoValue,
    Pointer,
    Results,
    Table,
    alternatives,
    choice,
    record_of,
)

if TYPE_CHECKING:
    from specdrift.source.go.requests.request_values import RequestKind
    from specdrift.source.go.values.go_values import ValueOrigin


class StepOutcome(Struct, frozen=True):
    """What a handler does with a kind of requests."""

    passes: bool | None
    """Whether it calls what comes next; ``None`` if something that is not known decides."""
    statuses: tuple[GoValue, ...]
    """What it may answer; ``GoNil`` if nothing is written."""
    origins: frozenset[ValueOrigin]
    reads_certificate: bool
    reads_identity: bool
    denies: bool = False
    """Whether it has an answer for a caller without credentials: 401 or 403."""
    request: GoValue | None = None
    """The request that what comes next gets."""
    is_evaluated: bool = True
    keys: Table | None = None
    """The values in the context of gin afterwards."""
    returns_error: bool = False
    gives_content: bool | None = False
    """Whether it writes content itself that no refusal comes with; ``None`` if something decides that."""
    path: GoValue | None = None
    """The path that what comes next gets; ``None`` if path and method are those that the client sent."""
    headers: frozenset[str] = frozenset()
    """Headers that it reads, in lower case."""
    goes_on_after_refusal: bool = False
    """Whether code that answers others also writes after a refusal was sent."""
    gives_data: bool = False
    """Whether it may write content that is not written in the code, and is no part of the request."""
    why: str = ""
    """What decides whether it calls what comes next, or what it does, for people; empty if that is not known."""
    ran: tuple[GoValue, ...] = ()
    """The functions of the modules that got the request and the response from it."""

    @property
    def refuses(self) -> bool:
        """Whether all answers are refusals."""
        return all(isinstance(one, GoNumber) and one.value >= REFUSING for one in self.statuses)

    @property
    def has_no_content(self) -> bool:
        """Whether all answers are refusals or redirections."""
        return all(isinstance(one, GoNumber) and one.value >= REDIRECTING for one in self.statuses)

    @property
    def may_refuse(self) -> bool:
        """Whether an answer may be a refusal."""
        return not self.statuses or any(
            not isinstance(one, GoNil)
            and one != FORWARDED
            and not (isinstance(one, GoNumber) and one.value < REFUSING)
            for one in self.statuses
        )


class HandledRequest(Struct):
    """The request on its way through the handlers of a route."""

    kind: RequestKind
    request: GoValue
    response: GoValue
    gin: GoValue | None = None

    def parts(self) -> tuple[GoValue | None, ...]:
        """Return the objects that handlers get."""
        return self.request, self.response, self.gin


def keys_of(state: HandledRequest) -> Table | None:
    """Return the values in the context of gin."""
    record = record_of(state.gin) if state.gin is not None else None
    keys = record.fields.get("#keys") if record is not None else None
    return keys if isinstance(keys, Table) else None


def may_be_error(result: GoValue) -> bool:
    """Return whether a handler that returns an error may return one."""
    last = result.values[-1] if isinstance(result, Results) and result.values else result
    return any(
        isinstance(one, Pointer) or (isinstance(one, GoUnknown) and one != UNKNOWN)
        for one in alternatives(last)
    )


def changed_path(request: GoValue, kind: RequestKind) -> GoValue | None:
    """Return the path of a request in which a handler may have changed the path or the method; ``None`` if not."""
    record = record_of(request)
    if record is None:
        return None
    urls = [record_of(one) for one in alternatives(record.fields.get("URL", UNKNOWN))]
    paths = [one.fields.get("Path", UNKNOWN) if one is not None else UNKNOWN for one in urls]
    # A text that is not known may equal another one that is not known.
    same = all(one is kind.path for one in paths) and record.fields.get("Method") is kind.methods
    is_raw = any(one is not None and "RawPath" in one.fields for one in urls)
    return None if same and not is_raw else choice(paths)

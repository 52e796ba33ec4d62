"""The context of gin: what handlers read of the request, and how they answer or abort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.standard_library import argument
from specdrift.source.go.requests.handling import Handling, answer
from specdrift.source.go.requests.http_requests import HTTP_REQUESTS, key_of, note_header
from specdrift.source.go.requests.request_values import ABORTED, GIN_CONTEXT, TEMPLATE, NextHandler
from specdrift.source.go.values.go_values import (
    ABSENT,
    NIL,
    UNKNOWN,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Results,
    Table,
    ValueOrigin,
    alternatives,
    choice,
    origins_of,
    plain,
    record_of,
)
from specdrift.source.go.values.header_values import header_text
from specdrift.source.go.values.nil_values import Boxed, as_interface

if TYPE_CHECKING:
    from specdrift.source.go.interpreter.machine import Call, Machine
    from specdrift.source.go.interpreter.standard_library import LibraryFunction

GIN_NEXT = NextHandler()
"""Stands for the handlers after one of gin."""
ABORT = GoTruth(value=True)


def _abort(machine: Machine, call: Call) -> GoValue:
    record = record_of(call.receiver or NIL)
    if record is not None:
        machine.write(record, ABORTED, ABORT)
    return NIL


def _abort_with(machine: Machine, call: Call) -> GoValue:
    has_content = call.name.rpartition(".")[2].endswith("JSON")
    answer(machine, call.receiver or NIL, plain(call.argument(0)), replaces=True, has_content=has_content)
    return _abort(machine, call)


def _render(machine: Machine, call: Call) -> GoValue:
    answer(machine, call.receiver or NIL, plain(call.argument(0)), replaces=True, has_content=True)
    return NIL


def _set_status(machine: Machine, call: Call) -> GoValue:
    answer(machine, call.receiver or NIL, plain(call.argument(0)), replaces=True, sends=False)
    return NIL


def _sends(status: int) -> LibraryFunction:
    def run(machine: Machine, call: Call) -> GoValue:
        answer(machine, call.receiver or NIL, GoNumber(status), has_content=True)
        return UNKNOWN

    return run


def _next(machine: Machine, call: Call) -> GoValue:
    """Call the handlers that come next, unless the context was aborted."""
    record = record_of(call.receiver or NIL)
    aborted = record.fields.get(ABORTED, UNKNOWN) if record is not None else UNKNOWN
    purpose = machine.purpose
    if aborted != ABORT and isinstance(purpose, Handling) and call.receiver is not None:
        purpose.forward(machine, GIN_NEXT, [call.receiver])
    return NIL


def _is_aborted(machine: Machine, call: Call) -> GoValue:
    del machine
    record = record_of(call.receiver or NIL)
    return record.fields.get(ABORTED, UNKNOWN) if record is not None else UNKNOWN


def _keys(call: Call) -> Table | None:
    record = record_of(call.receiver or NIL)
    found = record.fields.get("#keys") if record is not None else None
    return found if isinstance(found, Table) else None


def _set(machine: Machine, call: Call) -> GoValue:
    keys, name = _keys(call), key_of(call.argument(0))
    if keys is not None and name is not None:
        machine.write(keys, name, as_interface(call.argument(1)))
    elif keys is not None:
        keys.is_complete = False
    return NIL


def _found(machine: Machine, call: Call) -> GoValue | None:
    """Return the value of a key; ``None`` if there is none."""
    purpose = machine.purpose
    if isinstance(purpose, Handling):
        purpose.reads_identity = True
    keys, name = _keys(call), key_of(call.argument(0))
    if keys is None or name is None:
        return GoUnknown(origins=frozenset({ValueOrigin.CONTEXT}))
    if name in keys.fields:
        return keys.fields[name]
    return None if keys.is_complete else GoUnknown(origins=frozenset({ValueOrigin.CONTEXT}))


def _get(machine: Machine, call: Call) -> GoValue:
    value = _found(machine, call)
    if value is None:
        return Results((NIL, GoTruth(value=False)))
    kinds = {isinstance(one, GoUnknown) for one in alternatives(value)}
    is_there: GoValue = GoUnknown(origins=origins_of(value)) if True in kinds else GoTruth(value=True)
    return Results((_instead_of_nothing(value, NIL), is_there))


def _instead_of_nothing(value: GoValue, other: GoValue) -> GoValue:
    """Return a value of the context, and what there is instead where a condition did not add it."""
    return choice(other if one == ABSENT else one for one in alternatives(value))


def _must_get(machine: Machine, call: Call) -> GoValue:
    value = _found(machine, call)
    if value is None:
        machine.has_exited = True
        return UNKNOWN
    return value


def _get_text(machine: Machine, call: Call) -> GoValue:
    value = _found(machine, call)
    empty = GoText(("",))
    return empty if value is None or isinstance(value, GoNil | Boxed) else _instead_of_nothing(value, empty)


def _get_truth(machine: Machine, call: Call) -> GoValue:
    value = _found(machine, call)
    no = GoTruth(value=False)
    return no if value is None or isinstance(value, GoNil | Boxed) else _instead_of_nothing(value, no)


def _header(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return GoUnknown(origins=frozenset({ValueOrigin.HEADER}))


def _header_text(machine: Machine, call: Call) -> GoValue:
    """Return the first value of a header of the request."""
    context = record_of(call.receiver or NIL)
    request = record_of(context.fields.get("Request", NIL)) if context is not None else None
    headers = request.fields.get("Header", UNKNOWN) if request is not None else UNKNOWN
    found = header_text(headers, call.argument(0))
    note_header(machine, call.argument(0))
    return found if found is not None else _header(machine, call)


def _input(machine: Machine, call: Call) -> GoValue:
    """Return something about the input, which is no error of authentication."""
    del machine, call
    return GoUnknown()


def _unread_text(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return GoText((None,))


def _full_path(machine: Machine, call: Call) -> GoValue:
    """Return the path of the route."""
    del machine
    context = record_of(call.receiver or NIL)
    request = record_of(context.fields.get("Request", NIL)) if context is not None else None
    return request.fields.get(TEMPLATE, UNKNOWN) if request is not None else UNKNOWN


def _bind(machine: Machine, call: Call) -> GoValue:
    """Read the input; with an error gin aborts with 400."""
    record = record_of(call.receiver or NIL)
    if record is not None:
        before = record.fields.get(ABORTED, UNKNOWN)
        machine.write(record, ABORTED, choice([before, GoUnknown()]))
    return GoUnknown()


CONTEXT_METHODS: Mapping[str, LibraryFunction] = {
    "Next": _next,
    "Abort": _abort,
    "IsAborted": _is_aborted,
    **dict.fromkeys(
        ("AbortWithStatus", "AbortWithStatusJSON", "AbortWithError", "AbortWithStatusPureJSON"), _abort_with
    ),
    **dict.fromkeys(
        (
            *("JSON", "IndentedJSON", "SecureJSON", "JSONP", "AsciiJSON", "PureJSON", "XML", "YAML", "TOML"),
            *("ProtoBuf", "String", "Data", "DataFromReader", "HTML", "Redirect", "Render", "BSON"),
        ),
        _render,
    ),
    "Status": _set_status,
    **dict.fromkeys(("File", "FileAttachment", "FileFromFS", "SSEvent", "Stream"), _sends(200)),
    "Set": _set,
    "Get": _get,
    "Value": lambda machine, call: _instead_of_nothing(_found(machine, call) or NIL, NIL),
    "MustGet": _must_get,
    "GetString": _get_text,
    "GetBool": _get_truth,
    "GetHeader": _header_text,
    **dict.fromkeys(("Cookie", "ClientIP", "RemoteIP"), _header),
    **dict.fromkeys(("Param", "ContentType"), _unread_text),
    "FullPath": _full_path,
    **dict.fromkeys(
        (
            *("Query", "DefaultQuery", "GetQuery", "QueryArray", "QueryMap", "PostForm", "DefaultPostForm"),
            *(
                "FormFile",
                "MultipartForm",
                "ShouldBind",
                "ShouldBindJSON",
                "ShouldBindQuery",
                "ShouldBindUri",
            ),
            *("ShouldBindWith", "ShouldBindHeader", "ShouldBindBodyWith", "GetRawData", "SaveUploadedFile"),
            *(
                "Error",
                "Header",
                "SetCookie",
                "SetSameSite",
                "Done",
                "Err",
                "Deadline",
                "Copy",
                "HandlerName",
            ),
            *("GetPostForm", "GetInt", "GetInt64", "GetFloat64", "GetTime", "NegotiateFormat", "SetAccepted"),
        ),
        _input,
    ),
    **dict.fromkeys(("Bind", "BindJSON", "BindQuery", "BindUri", "BindHeader", "BindXML"), _bind),
}
GIN_REQUESTS: Mapping[str, LibraryFunction] = {
    **HTTP_REQUESTS,
    **{f"{GIN_CONTEXT}.{name}": function for name, function in CONTEXT_METHODS.items()},
    "github.com/gin-gonic/gin.WrapH": argument(0),
    "github.com/gin-gonic/gin.WrapF": argument(0),
    "github.com/gin-gonic/gin.HandlerFunc": argument(0),
}

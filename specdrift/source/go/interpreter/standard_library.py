"""Functions of Go's standard library and built-in functions that the evaluator has code for."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence

from specdrift.source.go.interpreter.go_calls import call_value
from specdrift.source.go.interpreter.go_expressions import LIBRARY_VALUES
from specdrift.source.go.interpreter.list_functions import LISTS
from specdrift.source.go.interpreter.machine import Call, Machine
from specdrift.source.go.interpreter.once_functions import ONCE_FUNCTIONS
from specdrift.source.go.values import go_texts
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    NamedValue,
    Pointer,
    Record,
    Table,
    TypeName,
    alternatives,
    choice,
    copied,
    origins_of,
    plain,
    record_of,
    text_of,
)
from specdrift.source.go.values.http_statuses import STATUSES

LibraryFunction = Callable[[Machine, Call], GoValue]
ERROR = TypeName("errors", "errorString")
METHODS = ("Get", "Head", "Post", "Put", "Patch", "Delete", "Connect", "Options", "Trace")
CLIENT_AUTH = (
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
)


def _constant(value: GoValue) -> Callable[[Machine], GoValue]:
    def get(machine: Machine) -> GoValue:
        del machine
        return value

    return get


def giving(value: GoValue) -> LibraryFunction:
    """Return a function with a fixed result."""

    def run(machine: Machine, call: Call) -> GoValue:
        del machine, call
        return value

    return run


def argument(index: int) -> LibraryFunction:
    """Return a function whose result is one of its arguments."""

    def run(machine: Machine, call: Call) -> GoValue:
        del machine
        return call.argument(index)

    return run


LIBRARY_VALUES.update(
    {f"net/http.Status{name}": _constant(GoNumber(code)) for name, code in STATUSES.items()}
    | {f"net/http.Method{name}": _constant(text_of(name.upper())) for name in METHODS}
    | {f"crypto/tls.{name}": _constant(GoNumber(value)) for value, name in enumerate(CLIENT_AUTH)}
)


def _exit(machine: Machine, call: Call) -> GoValue:
    del call
    machine.has_exited = True
    return UNKNOWN


def _error(machine: Machine, call: Call) -> GoValue:
    del machine
    return Pointer(Record(kind=ERROR, is_complete=False, place=call.place))


def _append(machine: Machine, call: Call) -> GoValue:
    del machine
    first, rest = call.argument(0), call.arguments[1:]
    return choice(_appended(one, rest) for one in alternatives(first))


def _appended(first: GoValue, rest: Sequence[GoValue]) -> GoValue:
    is_known = not any(isinstance(one, GoUnknown) and one.made_by == "..." for one in rest)
    added = tuple(copied(one) for one in rest)
    match plain(first):
        case GoNil():
            return Items(added, is_known)
        case Items(values=values, is_complete=is_complete):
            whole: GoValue = Items((*values, *added), is_complete and is_known)
            return NamedValue(first.kind, whole) if isinstance(first, NamedValue) else whole
    return Items(added, is_complete=False) if added else first


def _length(machine: Machine, call: Call) -> GoValue:
    del machine
    return choice(_length_of(plain(one)) for one in alternatives(call.argument(0)))


def _length_of(value: GoValue) -> GoValue:
    match value:
        case GoNil():
            return GoNumber(0)
        case Items(values=values, is_complete=True):
            return GoNumber(len(values))
        case GoText() as text if text.known is not None:
            return GoNumber(len(text.known.encode()))
        case Table(fields=fields, is_complete=True):
            return GoNumber(len(fields))
    return GoUnknown(origins=origins_of(value))


def _new(machine: Machine, call: Call) -> GoValue:
    del machine
    value = call.argument(0)
    return Pointer(value) if isinstance(value, Record) else value


def _string(machine: Machine, call: Call) -> GoValue:
    del machine
    value = plain(call.argument(0))
    return value if isinstance(value, GoText) else GoUnknown(origins=origins_of(value))


def _sprintf(machine: Machine, call: Call) -> GoValue:
    del machine
    return go_texts.formatted(plain(call.argument(0)), call.arguments[1:])


def _sprint(machine: Machine, call: Call) -> GoValue:
    del machine
    return go_texts.joined([go_texts.shown(one) for one in call.arguments])


def _of_text(compute: Callable[..., str | bool]) -> LibraryFunction:
    """Return a function of known strings; the result is unknown if one is."""

    def run(machine: Machine, call: Call) -> GoValue:
        del machine
        given = [plain(one) for one in call.arguments]
        known = [one.known for one in given if isinstance(one, GoText) and one.known is not None]
        if len(known) == len(given) and given:
            value = compute(*known)
            return GoTruth(value) if isinstance(value, bool) else text_of(value)
        return GoUnknown(origins=origins_of(*call.arguments))

    return run


def _compared(compute: Callable[[GoText, str], bool | None]) -> LibraryFunction:
    """Return a comparison with a known string."""

    def run(machine: Machine, call: Call) -> GoValue:
        del machine
        value, known = plain(call.argument(0)), plain(call.argument(1))
        if isinstance(value, GoText) and isinstance(known, GoText) and known.known is not None:
            outcome = compute(value, known.known)
            if outcome is not None:
                return GoTruth(outcome)
        return GoUnknown(origins=origins_of(*call.arguments))

    return run


def _join(machine: Machine, call: Call) -> GoValue:
    del machine
    values, separator = plain(call.argument(0)), call.argument(1)
    if not isinstance(values, Items) or not values.is_complete:
        return GoText((None,), origins_of(values))
    mixed = [one for value in values.values for one in (separator, value)][1:]
    return go_texts.joined(mixed)


def _trim_prefix(machine: Machine, call: Call) -> GoValue:
    del machine
    value, prefix = plain(call.argument(0)), plain(call.argument(1))
    if isinstance(value, GoText) and isinstance(prefix, GoText) and (start := prefix.known) is not None:
        outcome = go_texts.starts_with(value, start)
        if outcome is False:
            return value
        if outcome:
            return GoText(((value.pieces[0] or "")[len(start) :], *value.pieces[1:]), value.origins)
    return GoUnknown(origins=origins_of(*call.arguments))


def clean_path(*segments: str) -> str:
    """Return what ``path.Join`` makes."""
    given = [one for one in segments if one]
    if not given:
        return ""
    path = posixpath.normpath("/".join(given))
    return "/" + path.lstrip("/") if path.startswith("/") else path


def _do(machine: Machine, call: Call) -> GoValue:
    """Call a function that a library calls in any case."""
    call_value(machine, call.argument(0), [], call.node, call.frame, is_dynamic=False)
    machine.has_exited = False
    return NIL


def _clone(machine: Machine, call: Call) -> GoValue:
    del machine
    return choice(_cloned(one) for one in alternatives(call.receiver or UNKNOWN))


def _cloned(value: GoValue) -> GoValue:
    record = record_of(value)
    copy = copied(record) if record is not None else None
    return Pointer(copy) if isinstance(copy, Record) else GoUnknown(TypeName("crypto/tls", "Config"))


STANDARD: Mapping[str, LibraryFunction] = {
    **LISTS,
    **ONCE_FUNCTIONS,
    "builtin.append": _append,
    "builtin.len": _length,
    "builtin.panic": _exit,
    "builtin.new": _new,
    "builtin.make": argument(0),
    "builtin.string": _string,
    **{f"builtin.{name}": argument(0) for name in ("int", "int32", "int64", "uint", "any", "error", "bool")},
    "os.Exit": _exit,
    "runtime.Goexit": _exit,
    **{
        f"log.{owner}{name}{form}": _exit
        for owner in ("", "Logger.")
        for name in ("Fatal", "Panic")
        for form in ("", "f", "ln")
    },
    "errors.New": _error,
    "fmt.Errorf": _error,
    "fmt.Sprintf": _sprintf,
    "fmt.Sprint": _sprint,
    "path.Join": _of_text(clean_path),
    "strings.HasPrefix": _compared(go_texts.starts_with),
    "strings.HasSuffix": _compared(go_texts.ends_with),
    "strings.Contains": _compared(go_texts.contains),
    "strings.TrimPrefix": _trim_prefix,
    "strings.TrimSuffix": _of_text(str.removesuffix),
    "strings.TrimRight": _of_text(str.rstrip),
    "strings.TrimLeft": _of_text(str.lstrip),
    "strings.Trim": _of_text(str.strip),
    "strings.TrimSpace": _of_text(str.strip),
    "strings.ToLower": _of_text(str.lower),
    "strings.ToUpper": _of_text(str.upper),
    "strings.EqualFold": _of_text(lambda one, other: one.lower() == other.lower()),
    "strings.ReplaceAll": _of_text(str.replace),
    "strings.Join": _join,
    "sync.WaitGroup.Go": _do,
    "golang.org/x/sync/errgroup.Group.Go": _do,
    "crypto/tls.Config.Clone": _clone,
    "crypto/tls.ClientAuthType": argument(0),
}

"""The other requests that a document has for an operation: media types, bodies, and values of its parameters. Pure.

A handler for one media type, one kind of report or one version may lack the guard of the others.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from msgspec.structs import replace

from specdrift.checks.choices.body_members import has_lists, members, with_value
from specdrift.checks.choices.days import by_day
from specdrift.checks.choices.pairs import Choices, Named, in_pairs, with_parameters
from specdrift.checks.core.base import DESTRUCTIVE, REMOVING, PlannedOperation
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.contract.templates import EXPRESSION, values_in, without_names
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.redirect import with_cookies

MOST = 16
"""Other requests of an operation."""
MOST_OPEN = 4
"""Requests of an open operation with its choices."""
MOST_EXAMPLES = 3
"""Values of a parameter that the document shows: a date for which there is data, an owner who exists."""
OF_A_BROWSER = "text/html"
SECOND = 2
"""A number that asks for a second page, or for more than one."""
USUAL = {"boolean": ("true", "false"), "string": ("data",), "": ("data",)}
"""Values of optional parameters by their type."""
OF_FORMAT = {"date": ("2024-01-01",), "date-time": ("2024-01-01T00:00:00Z",)}
"""Values of optional parameters by their format: long ago, so that much is since then."""

TOGETHER = ("all optional parameters", "all optional parameters, the last values")


def representations(planned: PlannedOperation, base_path: str, bodies: Sequence[RequestBody] = ()) -> Named:
    """Yield the requests for other declared representations, at most ``MOST``, each with a name; and parameters twice.

    By media type (RFC 9110 §12.5.1): a browser's, and the declared ones; by parameter: the other values of an ``enum``,
    and of an optional one without ``enum`` a value that suits its type; by body: ``bodies``, and the other values of an
    ``enum`` of its members. Nothing is removed, and days alone are replaced by what the document does not show.
    """
    method = planned.request.method
    if method in REMOVING:
        return
    found = chain(
        _by_media_type(planned),
        _by_body(planned, bodies),
        by_path(planned, base_path),
        _all_together(planned),
        _by_query(planned),
        by_day(planned),
        _by_header(planned),
        _by_cookie(planned),
        () if method in DESTRUCTIVE else _by_member(planned),
        in_pairs(
            planned.request, tuple(choices_of_query(planned)), tuple(_beside_the_query(planned, base_path))
        ),
    )
    yield from islice(found, MOST)
    yield from _twice(planned)


def _beside_the_query(planned: PlannedOperation, base_path: str) -> Iterator[Choices]:
    """The other paths, the other declared media types, the choices of each header and of each member of the body."""
    yield tuple(
        (name, partial(_at_path, path=request.target.partition("?")[0]))
        for name, request in by_path(planned, base_path)
    )
    declared = planned.operation.media_types
    is_free = len(declared) > 1 and not _has_header(planned.request, "accept")
    yield tuple(
        (f"Accept: {media_type}", partial(_with_header, name="Accept", value=media_type))
        for media_type in (declared if is_free else ())
    )
    yield from _choices_of_headers(planned)
    if planned.request.method not in DESTRUCTIVE:
        yield from by_members(planned)


def _at_path(request: Request, *, path: str) -> Request:
    _, mark, query = request.target.partition("?")
    return request.to(path + mark + query)


def _by_media_type(planned: PlannedOperation) -> Named:
    request, declared = planned.request, planned.operation.media_types
    if _has_header(request, "accept"):
        return
    # The usual request accepts everything. Generated clients ask for what is declared, if that is one type alone too.
    for media_type in dict.fromkeys((OF_A_BROWSER, *declared)):
        yield f"Accept: {media_type}", _with_header(request, "Accept", media_type)


def _by_body(planned: PlannedOperation, bodies: Sequence[RequestBody]) -> Named:
    """None where it may be left out; then other bodies, each named by its media type, and a number after the first."""
    own = planned.operation.body
    if planned.request.body and own and _may_be_left_out(own) and planned.request.method not in DESTRUCTIVE:
        yield "no body", replace(planned.request, body=b"", headers=_without_media_type(planned.request))
    known = Counter([own.media_type] if own else [])
    for body in bodies:
        known[body.media_type] += 1
        count = known[body.media_type]
        number = f", body {count}" if count > 1 else ""
        yield (
            f"Content-Type: {body.media_type}{number}",
            with_body(planned.request, body.content, body.media_type),
        )


def _may_be_left_out(body: RequestBody) -> bool:
    return not body.required and body.source is not ValueSource.CONFIG


def _by_member(planned: PlannedOperation) -> Named:
    """The other values of an ``enum`` of the members of a JSON body or form: ``kind`` of a claim."""
    for choices in by_members(planned):
        yield from ((name, change(planned.request)) for name, change in choices)


def by_members(planned: PlannedOperation) -> Iterator[Choices]:
    """Yield the other values of each member of the body that has choices."""
    own = planned.operation.body
    if own is None or own.source is ValueSource.CONFIG:
        return
    present = members(planned.request.body, own.media_type)
    for declared in _inputs(planned, Place.BODY) if present else ():
        values: list[str | bool] = []
        now = present.get(declared.name, "")
        if declared.several and has_lists(own.media_type):
            continue  # its elements are chosen in other bodies
        if isinstance(now, str) and declared.constraint.type in ("string", ""):
            values += _others(declared, now)
        elif declared.constraint.type == "boolean":
            values += (choice for choice in (True, False) if now not in (choice, str(choice).lower()))
        yield tuple(
            (
                f"{declared.name} = {str(value).lower() if isinstance(value, bool) else value} in the body",
                partial(_with_member, media_type=own.media_type, name=declared.name, value=value),
            )
            for value in values
        )


def _with_member(request: Request, *, media_type: str, name: str, value: str | bool) -> Request:
    return replace(request, body=with_value(request.body, media_type, name, value))


def with_body(request: Request, content: bytes, media_type: str) -> Request:
    """Return the request with another body."""
    kept = _without_media_type(request)
    return replace(request, body=content, headers=(*kept, ("Content-Type", media_type)))


def _without_media_type(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple(field for field in request.headers if field[0].lower() != "content-type")


def by_path(planned: PlannedOperation, base_path: str) -> Named:
    """The other values of the expressions of a path that have an ``enum`` or examples: ``/reports/{kind}``."""
    path, mark, query = planned.request.target.partition("?")
    template = base_path + planned.key.path
    values, names = values_in(template, path), [name[1:-1] for name in EXPRESSION.findall(planned.key.path)]
    if values is None or len(values) != len(names):
        return
    for declared in _inputs(planned, Place.PATH):
        if declared.name not in names:
            continue
        at = names.index(declared.name)
        for value in dict.fromkeys((*declared.constraint.allowed, *declared.examples[:MOST_EXAMPLES])):
            written = quote(value, safe="")
            if written != values[at]:
                others = (*values[:at], written, *values[at + 1 :])
                target = _filled(without_names(template), others)
                yield f"{{{declared.name}}} = {value}", planned.request.to(target + mark + query)


def _filled(template: str, values: tuple[str, ...]) -> str:
    parts = template.split("{}")
    return parts[0] + "".join(value + part for value, part in zip(values, parts[1:], strict=True))


def _all_together(planned: PlannedOperation) -> Named:
    """All optional parameters of the query that are not sent at once, if there are several; each ``enum`` by its first
    value, then by its last.
    """
    target = planned.request.target
    sent = parse_qs(target.partition("?")[2], keep_blank_values=True)
    further = [
        (declared, values)
        for declared in _inputs(planned, Place.QUERY)
        if declared.name not in sent and (values := _values(declared))
    ]
    if len(further) < 2:
        return
    first = [(declared.name, values[0]) for declared, values in further]
    last = [(declared.name, values[-1 if declared.constraint.allowed else 0]) for declared, values in further]
    yield TOGETHER[0], planned.request.to(with_parameters(target, first))
    if last != first:
        yield TOGETHER[1], planned.request.to(with_parameters(target, last))


def choices_of_query(planned: PlannedOperation) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each optional parameter of the query that is not sent and has choices, with these."""
    sent = parse_qs(planned.request.target.partition("?")[2], keep_blank_values=True)
    for declared in _inputs(planned, Place.QUERY):
        constraint = declared.constraint
        values = constraint.allowed or (("true",) if constraint.type == "boolean" else ())
        if declared.name not in sent and not declared.required and values:
            yield declared.name, values


def with_choices(planned: PlannedOperation) -> Named:
    """Yield few requests that have each choice of each optional parameter of the query once; named by what they add."""
    choices = list(choices_of_query(planned))
    most = max((len(values) for _, values in choices), default=0)
    for turn in range(min(most, MOST_OPEN)):
        parameters = [(name, values[turn % len(values)]) for name, values in choices]
        target = with_parameters(planned.request.target, parameters)
        yield target.removeprefix(planned.request.target)[1:], planned.request.to(target)


def _by_cookie(planned: PlannedOperation) -> Named:
    sent = _field_of(planned.request, "cookie") or ""
    now = dict(pair.strip().partition("=")[::2] for pair in sent.split(";"))
    for declared in _inputs(planned, Place.COOKIE):
        values = _others(declared, now[declared.name]) if declared.name in now else _values(declared)
        for value in values:
            changed = with_cookies(planned.request, {declared.name: quote(value, safe="")})
            yield f"cookie {declared.name}={value}", changed


def _by_query(planned: PlannedOperation) -> Named:
    target = planned.request.target
    path, _, query = target.partition("?")
    sent = parse_qs(query, keep_blank_values=True)
    for declared in _inputs(planned, Place.QUERY):
        if declared.name not in sent:
            for value in _values(declared):
                parameter = f"{quote(declared.name, safe='')}={quote(value, safe='')}"
                yield parameter, planned.request.to(f"{target}{'&' if query else '?'}{parameter}")
            for several in declared.lists:
                yield several, planned.request.to(f"{target}{'&' if query else '?'}{several}")
        elif len(sent[declared.name]) == 1:
            for value in _others(declared, sent[declared.name][0]):
                others = [
                    (n, value if n == declared.name else v)
                    for n, v in parse_qsl(query, keep_blank_values=True)
                ]
                parameter = f"{quote(declared.name, safe='')}={quote(value, safe='')}"
                yield parameter, planned.request.to(f"{path}?{urlencode(others)}")


def _twice(planned: PlannedOperation) -> Named:
    """Each parameter of the query twice, with its first and last value in both orders: a guard may read the one and the
    handler the other. One with one value has that twice, in a request of its own: a guard may read none of two.
    """
    path, _, query = planned.request.target.partition("?")
    sent = parse_qsl(query, keep_blank_values=True)
    twice = []
    for declared in _inputs(planned, Place.QUERY):
        now = next((value for name, value in sent if name == declared.name), None)
        values = list(_values(declared) if now is None else (now, *_others(declared, now)))
        if values:
            twice.append((declared.name, (values[0], values[-1])))
    several = [each for each in twice if each[1][0] != each[1][1]]
    once = [each for each in twice if each[1][0] == each[1][1]]
    for changed, orders in ((several, (1, -1)), (once, (1,))):
        names = {name for name, _ in changed}
        kept = [pair for pair in sent if pair[0] not in names]
        for order in orders if changed else ():
            parameters = [(name, value) for name, values in changed for value in values[::order]]
            yield (
                with_parameters("", parameters)[1:],
                planned.request.to(f"{path}?{urlencode(kept + parameters)}"),
            )


def _by_header(planned: PlannedOperation) -> Named:
    for declared in _inputs(planned, Place.HEADER):
        now = _field_of(planned.request, declared.name)
        for value in _values(declared) if now is None else _others(declared, now):
            yield f"{declared.name}: {value}", _with_header(planned.request, declared.name, value)


def _choices_of_headers(planned: PlannedOperation) -> Iterator[Choices]:
    for declared in _inputs(planned, Place.HEADER):
        now = _field_of(planned.request, declared.name)
        yield tuple(
            (f"{declared.name}: {value}", partial(_with_header, name=declared.name, value=value))
            for value in declared.constraint.allowed
            if value != now
        )


def _inputs(planned: PlannedOperation, place: Place) -> Iterator[Input]:
    return (declared for declared in planned.operation.inputs if declared.place is place)


def _field_of(request: Request, name: str) -> str | None:
    return next((content for each, content in request.headers if each.lower() == name.lower()), None)


def _has_header(request: Request, name: str) -> bool:
    return _field_of(request, name) is not None


def _with_header(request: Request, name: str, value: str) -> Request:
    kept = (field for field in request.headers if field[0].lower() != name.lower())
    return replace(request, headers=(*kept, (name, value)))


def _others(declared: Input, now: str) -> Iterator[str]:
    """Yield the allowed values that are not sent now: of an ``enum``, examples, and the bounds of a number."""
    constraint = declared.constraint
    every = constraint.allowed or declared.examples[:MOST_EXAMPLES]
    if not constraint.allowed and constraint.type == "boolean":
        every = USUAL["boolean"]
    elif not constraint.allowed and constraint.type in ("integer", "number"):
        every = (*every, *_bounds(constraint))
    return (value for value in dict.fromkeys(every) if value != now)


def _bounds(constraint: Constraint) -> tuple[str, ...]:
    """Return the largest and the smallest allowed number, as far as they are declared."""
    found = (one for one in (constraint.maximum, constraint.minimum) if one is not None)
    return tuple(f"{one:.0f}" if one == int(one) else f"{one:g}" for one in found)


def _values(declared: Input) -> tuple[str, ...]:
    """Return values of a parameter that is not sent; none where only a suitable one would do."""
    constraint = declared.constraint
    if constraint.allowed:
        return constraint.allowed
    if declared.examples:
        return declared.examples[:MOST_EXAMPLES]
    if declared.required:
        return ()
    if constraint.pattern or constraint.format:
        return OF_FORMAT.get(constraint.format, (declared.fitting,) if declared.fitting else ())
    if constraint.type in ("integer", "number"):
        second = f"{max(constraint.minimum or 0, min(SECOND, constraint.maximum or SECOND)):g}"
        return tuple(dict.fromkeys((second, *_bounds(constraint))))
    return USUAL.get(constraint.type, ())

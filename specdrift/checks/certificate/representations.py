"""The other requests that a document has for an operation: media types, bodies, and values of its parameters. Pure.

A handler for one media type, one kind of report or one version may lack the guard of the others.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial, reduce
from itertools import chain, combinations, islice, product
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from specdrift.checks.certificate.body_members import members, with_value
from specdrift.checks.core.base import DESTRUCTIVE, REMOVING, PlannedOperation
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.contract.templates import EXPRESSION, values_in, without_names
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.redirect import with_cookies

MOST = 16
"""Other requests of an operation."""
MOST_PAIRED, MOST_OPEN = 6, 4
"""Requests with pairs of choices, and those of an open operation with its choices."""
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

Named = Iterator[tuple[str, Request]]
"""Requests, each with a name that is its own."""
Choices = tuple[tuple[str, Callable[[Request], Request]], ...]
"""The values of one part of a request, each with its name and what it changes."""


def representations(planned: PlannedOperation, base_path: str, bodies: Sequence[RequestBody] = ()) -> Named:
    """Yield the requests for other declared representations, at most ``MOST``, each with a name.

    By media type (RFC 9110 §12.5.1): a browser's, and the declared ones; by parameter: the other values of an ``enum``,
    and of an optional one without ``enum`` a value that suits its type; by body: ``bodies``, and the other values of an
    ``enum`` of its members. Nothing is removed, and nothing replaced by what the document does not show.
    """
    method = planned.request.method
    if method in REMOVING:
        return
    found = chain(
        _by_media_type(planned),
        _by_body(planned, bodies),
        _by_path(planned, base_path),
        _all_together(planned),
        _by_query(planned),
        _by_header(planned),
        _by_cookie(planned),
        () if method in DESTRUCTIVE else _by_member(planned),
        _in_pairs(planned, base_path),
    )
    yield from islice(found, MOST)


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
    own, sent = planned.operation.body, planned.request.body
    if own is None or own.source is ValueSource.CONFIG:
        return
    present = members(sent, own.media_type)
    for declared in _inputs(planned, Place.BODY):
        now = present.get(declared.name, "")
        if present and isinstance(now, str) and declared.constraint.type in ("string", ""):
            for value in _others(declared, now):
                content = with_value(sent, own.media_type, declared.name, value)
                yield f"{declared.name} = {value} in the body", replace(planned.request, body=content)
        elif present and declared.constraint.type == "boolean":
            for choice in (True, False):
                if present.get(declared.name) not in (choice, str(choice).lower()):
                    content = with_value(sent, own.media_type, declared.name, choice)
                    name = f"{declared.name} = {str(choice).lower()} in the body"
                    yield name, replace(planned.request, body=content)


def with_body(request: Request, content: bytes, media_type: str) -> Request:
    """Return the request with another body."""
    kept = _without_media_type(request)
    return replace(request, body=content, headers=(*kept, ("Content-Type", media_type)))


def _without_media_type(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple(field for field in request.headers if field[0].lower() != "content-type")


def _by_path(planned: PlannedOperation, base_path: str) -> Named:
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
    yield TOGETHER[0], planned.request.to(_with_parameters(target, first))
    if last != first:
        yield TOGETHER[1], planned.request.to(_with_parameters(target, last))


def _in_pairs(planned: PlannedOperation, base_path: str) -> Named:
    """Each pair of choices, in few requests: ``format=csv`` with ``scope=all``, ``/globex`` with ``text/csv``.

    Without those that are sent with all first and all last values of the query.
    """
    query: list[Choices] = [
        tuple((f"{name}={value}", partial(_added, name=name, value=value)) for value in values)
        for name, values in islice(_choices_of(planned), MOST_PAIRED)
    ]
    choices: list[Choices] = [*query, *_choices_beside_the_query(planned, base_path)]
    wanted = [
        {one: first, other: second}
        for one, other in combinations(range(len(choices)), 2)
        for first, second in product(range(len(choices[one])), range(len(choices[other])))
    ]
    for end in (0, -1):
        wanted = _without_covered(wanted, {at: range(len(values))[end] for at, values in enumerate(query)})
    for _ in range(MOST_PAIRED):
        if not wanted:
            return
        row = dict(wanted[0])
        for pair in wanted:
            if all(row.get(at, value) == value for at, value in pair.items()):
                row |= pair
        wanted = _without_covered(wanted, row)
        chosen = [choices[at][value] for at, value in sorted(row.items())]
        name = " with ".join(name for name, _ in chosen)
        yield name, reduce(lambda request, choice: choice[1](request), chosen, planned.request)


def _choices_beside_the_query(planned: PlannedOperation, base_path: str) -> list[Choices]:
    """The other paths, and the other declared media types."""
    paths = tuple(
        (name, partial(_at_path, path=request.target.partition("?")[0]))
        for name, request in _by_path(planned, base_path)
    )
    declared = planned.operation.media_types
    is_free = len(declared) > 1 and not _has_header(planned.request, "accept")
    accepted = tuple(
        (f"Accept: {media_type}", partial(_with_header, name="Accept", value=media_type))
        for media_type in (declared if is_free else ())
    )
    return [values for values in (paths, accepted) if values]


def _added(request: Request, *, name: str, value: str) -> Request:
    return request.to(_with_parameters(request.target, [(name, value)]))


def _at_path(request: Request, *, path: str) -> Request:
    _, mark, query = request.target.partition("?")
    return request.to(path + mark + query)


def _without_covered(pairs: list[dict[int, int]], row: dict[int, int]) -> list[dict[int, int]]:
    return [pair for pair in pairs if not pair.items() <= row.items()]


def _choices_of(planned: PlannedOperation) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each optional parameter of the query that is not sent and has choices, with these."""
    sent = parse_qs(planned.request.target.partition("?")[2], keep_blank_values=True)
    for declared in _inputs(planned, Place.QUERY):
        constraint = declared.constraint
        values = constraint.allowed or (("true",) if constraint.type == "boolean" else ())
        if declared.name not in sent and not declared.required and values:
            yield declared.name, values


def with_choices(planned: PlannedOperation) -> Named:
    """Yield few requests that have each choice of each optional parameter of the query once; named by what they add."""
    choices = list(_choices_of(planned))
    most = max((len(values) for _, values in choices), default=0)
    for turn in range(min(most, MOST_OPEN)):
        parameters = [(name, values[turn % len(values)]) for name, values in choices]
        target = _with_parameters(planned.request.target, parameters)
        yield target.removeprefix(planned.request.target)[1:], planned.request.to(target)


def _with_parameters(target: str, parameters: Sequence[tuple[str, str]]) -> str:
    written = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters)
    return f"{target}{'&' if '?' in target else '?'}{written}"


def _by_cookie(planned: PlannedOperation) -> Named:
    sent = next((content for name, content in planned.request.headers if name.lower() == "cookie"), "")
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
        elif len(sent[declared.name]) == 1:
            for value in _others(declared, sent[declared.name][0]):
                others = [
                    (n, value if n == declared.name else v)
                    for n, v in parse_qsl(query, keep_blank_values=True)
                ]
                parameter = f"{quote(declared.name, safe='')}={quote(value, safe='')}"
                yield parameter, planned.request.to(f"{path}?{urlencode(others)}")


def _by_header(planned: PlannedOperation) -> Named:
    request = planned.request
    for declared in _inputs(planned, Place.HEADER):
        name = declared.name
        if not _has_header(request, name):
            for value in _values(declared):
                yield f"{name}: {value}", _with_header(request, name, value)
        else:
            now = next(content for each, content in request.headers if each.lower() == name.lower())
            for value in _others(declared, now):
                kept = tuple(field for field in request.headers if field[0].lower() != name.lower())
                yield f"{name}: {value}", replace(request, headers=(*kept, (name, value)))


def _inputs(planned: PlannedOperation, place: Place) -> Iterator[Input]:
    return (declared for declared in planned.operation.inputs if declared.place is place)


def _has_header(request: Request, name: str) -> bool:
    return any(each.lower() == name.lower() for each, _ in request.headers)


def _with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers=(*request.headers, (name, value)))


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

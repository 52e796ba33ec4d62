"""Siblings of declared paths: other versions and mounts, paths without the router's prefix, the routers that they are
in, and common paths below these; paths below open operations; and words in the place of a value, for which routers may
have a route in front of the guard.

Few of each and no more than ``MOST`` in all. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice, zip_longest

from msgspec import Struct

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.undocumented.candidates import EndpointCandidate, beside, kind_of, plain
from specdrift.checks.undocumented.wordlist import SEGMENTS, EndpointKind
from specdrift.model.policy import UnsafeMethods

MOST = 50
EACH_VERSION = 4
"""Number of operations tried with other versions, for each router of a version."""
MAX_DEPTH = 16
"""Segments of a path that are considered: deeper ones of a hostile document would take quadratic time."""
VERSION = re.compile(r"v(\d{1,3})", re.IGNORECASE)
WORDS = ("latest", "all", "export", "search", "count", "me")
MOST_TEMPLATES = 1
BELOW = ("debug", "internal", "admin", "metrics")
BELOW_OPEN = ("details", "full", "all", "debug", "info", "db", "export", "status")
MOST_OPEN = 3
MOST_UNMOUNTED = 4
"""Number of prefixes that are left out."""
MOUNTS = ("internal", "private", "api", "admin", "debug")
"""Prefixes below which a proxy or router may serve the same operations again."""


class Declared(Struct, frozen=True):
    """A declared path with GET."""

    planned: PlannedOperation
    template: tuple[str, ...]
    """Segments of the path template."""
    target: tuple[str, ...]
    """Segments of the request target."""


def siblings(context: PlanContext) -> tuple[EndpointCandidate, ...]:
    """Take siblings of each kind in turn; all of them in an exhaustive run."""
    kinds = (
        _versions(context),
        _mounts(context),
        _unmounted(context),
        _routers(context),
        _below(context),
        _words(context),
        _below_open(context),
    )
    mixed = (one for one in chain.from_iterable(zip_longest(*kinds)) if one is not None)
    found = _undocumented(mixed, context)
    return tuple(found if context.exhaustive else islice(found, MOST))


def _undocumented(
    candidates: Iterable[EndpointCandidate], context: PlanContext
) -> Iterator[EndpointCandidate]:
    """Yield each target once, unless it is documented."""
    known: set[str] = set()
    for one in candidates:
        if one.target not in known and (one.fits_template or not context.documented("GET", one.target)):
            known.add(one.target)
            yield one


def _declared(context: PlanContext) -> Iterator[Declared]:
    for planned in context.operations:
        if planned.key.method == "GET" and planned.mode is UnsafeMethods.SEND:
            template = (context.base_of(planned) + planned.key.path).split("/")
            target = planned.request.target.partition("?")[0].split("/")
            if len(template) == len(target):
                yield Declared(planned, tuple(template), tuple(target))


def _versions(context: PlanContext) -> Iterator[EndpointCandidate]:
    """``/v1/items`` as ``/v2/items`` and ``/v0/items``; those without parameters first."""
    tried: Counter[tuple[str, ...]] = Counter()
    for declared in sorted(_declared(context), key=lambda one: one.planned.key.path.count("{")):
        for at, segment in enumerate(declared.template[:MAX_DEPTH]):
            found = VERSION.fullmatch(segment)
            if found and (router := declared.template[: at + 1]) and tried[router] < EACH_VERSION:
                tried[router] += 1
                yield from _other_versions(context, declared, at, int(found[1]))


def _other_versions(
    context: PlanContext, declared: Declared, at: int, version: int
) -> Iterator[EndpointCandidate]:
    letter = declared.template[at][0]
    for number in sorted({version + 1, version - 1, 0} - {version, -1}, reverse=True):
        target = _with(declared.target, at, f"{letter}{number}")
        yield EndpointCandidate(
            method="GET",
            path=_with(declared.template, at, f"{letter}{number}"),
            target=target,
            sent="GET",
            kind=EndpointKind.SERVES,
            why=f"another version of {declared.planned.key}",
            controls=(beside(target, context.nonce), _with(declared.target, at, context.nonce)),
            source=f"another version of {declared.planned.key}",
            sibling=declared.planned,
        )


def _mounts(context: PlanContext) -> Iterator[EndpointCandidate]:
    """``/items`` as ``/internal/items``: of one guarded operation, in front of the base path and behind it."""
    guarded = [one for one in _declared(context) if one.planned.is_guarded]
    for one in sorted(guarded, key=lambda each: each.planned.key.path.count("{"))[:1]:
        ends = dict.fromkeys((0, len(context.base_of(one.planned).split("/")) - 1))
        for word in MOUNTS:
            for at in ends:
                target = _mounted(one.target, at, word)
                yield EndpointCandidate(
                    method="GET",
                    path=_mounted(one.template, at, word),
                    target=target,
                    sent="GET",
                    kind=EndpointKind.SERVES,
                    why=f"{one.planned.key} behind another prefix",
                    controls=(beside(target, context.nonce), _mounted(one.target, at, context.nonce)),
                    source=f"{one.planned.key} behind the prefix /{word}",
                    sibling=one.planned,
                )


def _unmounted(context: PlanContext) -> Iterator[EndpointCandidate]:
    """``/v1/items`` as ``/items``: one guarded operation of each router, which may be mounted at the root again.

    The names are those of public pages too, so that only the operation's data count.
    """
    guarded = [one for one in _declared(context) if one.planned.is_guarded]
    of_prefix: dict[tuple[str, ...], Declared] = {}
    for one in sorted(guarded, key=lambda each: each.planned.key.path.count("{")):
        for depth in range(2, _static_folders(one) + 1):
            of_prefix.setdefault(one.template[:depth], one)
    for prefix in sorted(of_prefix, key=len)[:MOST_UNMOUNTED]:
        one = of_prefix[prefix]
        target, path = ("/".join(("", *each[len(prefix) :])) for each in (one.target, one.template))
        source = f"{one.planned.key} without the prefix {'/'.join(prefix)}"
        yield EndpointCandidate(
            method="GET",
            path=path,
            target=target,
            sent="GET",
            kind=EndpointKind.SERVES,
            why=source,
            controls=(beside(target, context.nonce),),
            source=source,
            sibling=one.planned,
            by_data=True,
        )


def _static_folders(one: Declared) -> int:
    """Return the number of segments in front of the last that names a route, the empty first one included."""
    ends = (
        at
        for at, segment in enumerate(one.template[1:], start=1)
        if not segment or "{" in segment or segment.isdecimal()
    )
    return min(next(ends, len(one.template)) - 1, MAX_DEPTH)


def _mounted(segments: tuple[str, ...], at: int, word: str) -> str:
    return "/".join((*segments[: at + 1], word, *segments[at + 1 :]))


def _words(context: PlanContext) -> Iterator[EndpointCandidate]:
    """``/items/{id}`` as ``/items/latest``: of few guarded operations, those with one parameter first."""
    guarded = [
        one for one in _declared(context) if one.planned.is_guarded and one.template[-1].startswith("{")
    ]
    for one in sorted(guarded, key=lambda each: each.planned.key.path.count("{"))[:MOST_TEMPLATES]:
        end = len(one.target) - 1
        for word in WORDS:
            target = _with(one.target, end, word)
            yield EndpointCandidate(
                method="GET",
                path=_with(one.template, end, word),
                target=target,
                sent="GET",
                kind=EndpointKind.SERVES,
                why=f"a word in the place of a value of {one.planned.key}",
                controls=(beside(target, context.nonce),),
                source=f"a word in the place of a value of {one.planned.key}",
                sibling=one.planned,
                fits_template=True,
            )


def _with(segments: tuple[str, ...], at: int, segment: str) -> str:
    return "/".join((*segments[:at], segment, *segments[at + 1 :]))


def _routers(context: PlanContext) -> Iterator[EndpointCandidate]:
    """``/v1`` and ``/v1/admin`` of ``/v1/admin/users``: the routers' own paths."""
    for prefix, example in _prefixes(context):
        source = f"a prefix of {example}"
        yield plain(context, prefix, why=source, source=source)


def _below(context: PlanContext) -> Iterator[EndpointCandidate]:
    for word in BELOW:
        for prefix, _ in _prefixes(context):
            source = f"below {prefix}"
            kind = kind_of(f"/{word}", context.base_path)
            yield plain(context, f"{prefix}/{word}", why=source, source=source, kind=kind)


def _below_open(context: PlanContext) -> Iterator[EndpointCandidate]:
    """``/health`` as ``/health/details``: a filter that exempts the path exempts what is below it."""
    declared = (one for one in _declared(context) if one.planned.admits_anonymous)
    plain_ones = [one for one in declared if one.template == one.target and one.target[-1]]
    for word in BELOW_OPEN:
        for one in plain_ones[:MOST_OPEN]:
            source = f"below the open {one.planned.key}"
            kind = SEGMENTS.get(word, EndpointKind.INFORMS)
            path = "/".join((*one.target, word))
            yield plain(context, path, why=source, source=source, kind=kind)


def _prefixes(context: PlanContext) -> Iterable[tuple[str, str]]:
    """The static folders of declared paths below the base path, outermost first, each with a path in it."""
    found: dict[str, str] = {}
    for planned in context.operations:
        static = planned.key.path.partition("{")[0].split("/")[1:-1][:MAX_DEPTH]
        for depth in range(1, len(static) + 1):
            prefix = context.base_of(planned) + "/" + "/".join(static[:depth])
            found.setdefault(prefix, context.base_of(planned) + planned.key.path)
    return sorted(
        (pair for pair in found.items() if "//" not in pair[0]), key=lambda pair: pair[0].count("/")
    )

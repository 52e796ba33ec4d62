"""The routers of an entry point, by the hosts that their rules name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge

from msgspec import Struct
from msgspec.structs import replace

from specdrift.source.gateway.samples import attempts
from specdrift.source.traefik.traefik_rules import AND, OR, RouterRule
from specdrift.source.traefik.traefik_settings import (
    DEFAULT,
    EntryPoint,
    TraefikRouter,
    TraefikSettings,
    options_name,
    points_of,
    seen_by,
)

NOT_KNOWN = "?"
"""The name of no options."""
Ranked = tuple[int, int, TraefikRouter]
"""The negated priority of a router, its number, and itself."""


class PointRouters(Struct, frozen=True, eq=False):
    """The routers of an entry point, with TLS or without."""

    by_host: Mapping[str, tuple[Ranked, ...]]
    others: tuple[Ranked, ...]
    """Those that may take any host."""
    hosts: tuple[str, ...]
    """Names that rules have; of expressions one that fits, or ``ANY_VALUE``."""
    options: Mapping[str, str]
    """By the name in the handshake; ``NOT_KNOWN`` where a router that is not understood may have the name."""

    @classmethod
    def of_point(cls, point: EntryPoint, settings: TraefikSettings, *, tls: bool) -> "PointRouters":
        """Return the routers of an entry point."""
        own = tuple(_at(point, one) for one in settings.routers if point.name in points_of(one, settings))
        return cls._of(one for one in own if one.tls is tls)

    @classmethod
    def _of(cls, routers: Iterable[TraefikRouter]) -> "PointRouters":
        by_host: dict[str, list[Ranked]] = defaultdict(list)
        others: list[Ranked] = []
        hosts: dict[str, None] = {}
        ranked = sorted(((-one.priority, number, one) for number, one in enumerate(routers)), key=_rank)
        for each in ranked:
            rule = each[2].rule
            needed = _needed(rule) if rule is not None else None
            for host in needed if needed is not None else ():
                by_host[host].append(each)
            if needed is None:
                others.append(each)
            hosts |= dict.fromkeys(_hosts(rule) if rule is not None else ())
        chosen = _chosen(one for _, _, one in ranked if one.tls)
        return cls({host: tuple(own) for host, own in by_host.items()}, tuple(others), tuple(hosts), chosen)

    def __bool__(self) -> bool:
        return bool(self.by_host or self.others)

    def __len__(self) -> int:
        return len(self.others) + sum(map(len, self.by_host.values()))

    def of(self, host: str) -> Iterator[TraefikRouter]:
        """Yield the routers that may take a host, the first ones first."""
        own = self.by_host.get(host.removesuffix("."), ())
        yield from (router for _, _, router in merge(own, self.others, key=_rank))

    def all(self) -> Iterator[TraefikRouter]:
        """Yield all routers."""
        seen = {number: one for own in (self.others, *self.by_host.values()) for _, number, one in own}
        yield from seen.values()


def _rank(one: Ranked) -> tuple[int, int]:
    return one[:2]


def _chosen(routers: Iterable[TraefikRouter]) -> Mapping[str, str]:
    """Return the options of each name. Routers of one name that differ get the default ones."""
    certain: dict[str, set[str]] = defaultdict(set)
    possible: dict[str, set[str]] = defaultdict(set)
    anywhere: set[str] = set()
    for one in routers:
        options = options_name(one.options)
        if one.rule is None:
            anywhere.add(options)
            continue
        for host in one.rule.hosts():
            (possible if one.absent else certain)[host].add(options)
    # Names with a dot at their end are compared first.
    hosts = sorted({*certain, *possible}, key=len)
    return {host.removesuffix("."): _one_of(certain[host], possible[host] | anywhere) for host in hosts}


def _one_of(certain: set[str], possible: set[str]) -> str:
    """Return the options that routers with one name agree about."""
    if len(certain) > 1:
        return DEFAULT
    without = next(iter(certain), DEFAULT)
    return without if possible <= {without} else NOT_KNOWN


def _at(point: EntryPoint, router: TraefikRouter) -> TraefikRouter:
    """Return a router as an entry point has it: with its TLS, if the router has none of its own."""
    if router.tls or not point.tls:
        return router
    options = point.options if point.options in ("", DEFAULT) else seen_by(router, (point.options,))[0]
    return replace(router, tls=True, options=options)


def _needed(rule: RouterRule) -> frozenset[str] | None:
    """Return the hosts of which a request must have one; ``None`` if it may have any."""
    if rule.kind == "Host":
        return frozenset({rule.values[0].lower().removesuffix(".")})
    if rule.kind == AND:
        return next((found for found in map(_needed, rule.parts) if found is not None), None)
    if rule.kind == OR:
        every = [_needed(one) for one in rule.parts]
        known = [one for one in every if one is not None]
        return frozenset().union(*known) if len(known) == len(every) else None
    return None


def _hosts(rule: RouterRule) -> Iterator[str]:
    yield from (host.removesuffix(".") for host in rule.hosts())
    for one in rule.matchers():
        if one.kind == "HostRegexp":
            yield from (host.lower() for host in attempts(one.values[0]))

"""From what a feed speaks of to what is worth asking: on our host, not in the document, each place once."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.result.candidate import Candidate
from specdrift.traffic.importer import Harvest
from specdrift.traffic.path_patterns import Pattern, pattern_of
from specdrift.traffic.traffic_format import BELOW_BASE, Sighting

METHOD = re.compile(r"[A-Z][A-Z-]{1,19}")
READS = {"HEAD": "GET", "ANY": "GET", "ALL": "GET"}
NO_ROUTES = frozenset({"OPTIONS", "TRACE", "CONNECT"})
"""Methods that servers and browsers use by themselves."""
NOT_THERE = frozenset({404, 410})
"""Answers by which the server itself said that there is nothing."""
ENOUGH = 3
"""Values of one template that are held against the document: where it has the template, it has all of them."""
MAX_PLACES = 20_000
"""Different methods and templates of one feed; each is held against every path of the document."""
MOST = 400
"""Leads of one run; ``--exhaustive`` asks all."""
MOST_IN_FOLDER = 20

Origin = tuple[str, int]
"""Host (lower case) and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the sightings are held against. ``documented`` takes a method and a target with the base path;
    ``ours`` are the origins of the API; ``values`` known values of path parameters, by name.
    """

    base_path: str
    documented: Callable[[str, str], bool]
    ours: frozenset[Origin]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """``foreign`` are the hosts that were passed over, with how often; ``unread`` is how many sightings were not
    looked at, since there were too many different ones before.
    """

    leads: tuple[Candidate, ...]
    foreign: Mapping[str, int]
    unread: int = 0


def sift(harvest: Harvest, ground: Ground) -> Sifted:
    """The leads of a feed: one for each method and template that the document does not have.

    What was answered with success stands for its template before anything else.
    """
    leads: dict[tuple[str, str], Candidate] = {}
    foreign: Counter[str] = Counter()
    places: Counter[tuple[str, str]] = Counter()
    unread = 0
    for sighting in sorted(harvest.sightings, key=lambda seen: not 200 <= seen.status < 300):
        method = _method(sighting)
        host, path = _path(sighting.url, ground.ours)
        foreign.update([host] if host else [])
        found = pattern_of(path, ground.values) if method and path else None
        if found is None or places[method, found.path] >= ENOUGH:
            continue
        if len(places) >= MAX_PLACES and (method, found.path) not in places:
            unread += 1
            continue
        places[method, found.path] += 1
        for lead in _leads(harvest.name, sighting, method, found, ground):
            leads.setdefault((lead.method, lead.path), lead)
    return Sifted(leads=tuple(leads.values()), foreign=foreign, unread=unread)


def _method(sighting: Sighting) -> str:
    """The method to ask with; empty for a sighting that says nothing."""
    method = sighting.method.upper()
    useless = method in NO_ROUTES or sighting.status in NOT_THERE or not METHOD.fullmatch(method)
    return "" if useless else READS.get(method, method)


def _path(url: str, ours: frozenset[Origin]) -> tuple[str, str]:
    """The path of a URL without its query, or the host to which it belongs where that is not ours."""
    if url.startswith("/"):
        return "", re.split(r"[?#]", url, maxsplit=1)[0]
    try:
        parts = urlsplit(url)
        origin = ascii_host(parts.hostname or ""), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", ""
    if parts.scheme not in PORTS:
        return "", ""
    return ("", parts.path or "/") if origin in ours else (origin[0], "")


def _leads(name: str, sighting: Sighting, method: str, found: Pattern, ground: Ground) -> Iterator[Candidate]:
    target = sighting.target.partition("?")[0] or found.target
    for root in _roots(sighting, method, target, ground):
        if not ground.documented(method, root + target):
            yield Candidate(
                method=method, path=root + found.path, target=root + target, file=name, line=sighting.line
            )


def _roots(sighting: Sighting, method: str, target: str, ground: Ground) -> tuple[str, ...]:
    """What to put before a path, each once. One that is known below the base path is not looked for at the root."""
    base, roots = ground.base_path, sighting.roots
    if BELOW_BASE in roots and base and target.startswith(f"{base}/"):
        roots = tuple(root for root in roots if root) or ("",)
    elif BELOW_BASE in roots and ground.documented(method, base + target):
        roots = tuple(root for root in roots if root)
    return tuple(dict.fromkeys(base if root is BELOW_BASE else root for root in roots))


def choose(leads: Iterable[Candidate], *, most: int | None = MOST) -> tuple[tuple[Candidate, ...], int]:
    """A fair choice where there are too many: some of each folder before more of any; and how many are left out.

    ``most`` ``None`` takes all. The order of the leads stays.
    """
    everything = tuple({(lead.method, lead.path): lead for lead in reversed(tuple(leads))}.values())[::-1]
    if most is None or len(everything) <= min(most, MOST_IN_FOLDER):
        return everything, 0
    folders: dict[str, list[Candidate]] = defaultdict(list)
    for lead in everything:
        folders[lead.path.rpartition("/")[0]].append(lead)
    rounds = (
        group[turn] for turn in range(MOST_IN_FOLDER) for group in folders.values() if turn < len(group)
    )
    chosen = {id(lead) for lead, _ in zip(rounds, range(most), strict=False)}
    kept = tuple(lead for lead in everything if id(lead) in chosen)
    return kept, len(everything) - len(kept)

"""Selects the endpoints of a traffic import that are worth probing: of this API, undocumented, each once. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from msgspec import Struct, field

from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.result.candidate import Candidate
from specdrift.traffic.importer import TrafficImport
from specdrift.traffic.path_patterns import PathPattern, holds_secret, pattern_of
from specdrift.traffic.traffic_format import BELOW_BASE, ImportedEndpoint

METHOD = re.compile(r"[A-Z][A-Z-]{1,19}")
READS = {"HEAD": "GET", "ANY": "GET", "ALL": "GET"}
NO_ROUTES = frozenset({"OPTIONS", "TRACE", "CONNECT"})
"""Methods that servers and browsers use on their own; they identify no route."""
MISSING = frozenset({404, 410})
"""Status codes of a recorded response that show that there is no endpoint."""
MAX_VALUES = 3
"""Values of one template that are compared with the document."""
MAX_PLACES = 20_000
"""Different methods and templates of one import; each is compared with every path of the document."""
MAX_CANDIDATES = 400
"""Candidates of one run; ``--exhaustive`` probes all."""
MAX_IN_FOLDER = 20
MAX_RECORDED = 1000
"""Documented paths of one import whose values are used."""

Origin = tuple[str, int]
"""Host (lower case) and port."""


class KnownApi(Struct, frozen=True, kw_only=True):
    """What imported endpoints are compared with."""

    base_path: str
    documented: Callable[[str, str], bool]
    """Takes a method and a target that includes the base path."""
    ours: frozenset[Origin]
    """Origins of the API."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Known values of path parameters, by name."""


class UnvaluedCandidate(Struct, frozen=True):
    """A candidate with variables that have no value: another path may be the endpoint's."""

    candidate: Candidate
    names: tuple[str, ...]


class SelectedCandidates(Struct, frozen=True, kw_only=True):
    """The undocumented endpoints of one import."""

    candidates: tuple[Candidate, ...]
    other_hosts: Mapping[str, int]
    """Endpoints skipped because they belong to another host, by host."""
    not_examined: int = 0
    """Endpoints skipped because MAX_PLACES was reached."""
    unvalued: tuple[UnvaluedCandidate, ...] = ()
    """Candidates of which a part of the path is not known."""


def select_candidates(imported: TrafficImport, known: KnownApi) -> SelectedCandidates:
    """Return one candidate for each method and template that the document does not have.

    A recorded success (2xx) is preferred as the target of its template.
    """
    candidates: dict[tuple[str, str], Candidate] = {}
    unvalued: dict[str, UnvaluedCandidate] = {}
    other_hosts: Counter[str] = Counter()
    places: Counter[tuple[str, str]] = Counter()
    not_examined = 0
    for endpoint in sorted(imported.endpoints, key=lambda one: not 200 <= one.status < 300):
        method = _method(endpoint)
        host, path = _path(endpoint.url, known.ours)
        other_hosts.update([host] if host else [])
        found = pattern_of(path, known.values) if method and path else None
        if found is None or places[method, found.path] >= MAX_VALUES:
            continue
        if len(places) >= MAX_PLACES and (method, found.path) not in places:
            not_examined += 1
            continue
        places[method, found.path] += 1
        for candidate in _candidates(imported.name, endpoint, method, found, known):
            candidates.setdefault((candidate.method, candidate.path), candidate)
            if names := tuple(name for name in endpoint.unvalued if name not in known.values):
                unvalued.setdefault(candidate.source, UnvaluedCandidate(candidate, names))
    return SelectedCandidates(
        candidates=tuple(candidates.values()),
        other_hosts=other_hosts,
        not_examined=not_examined,
        unvalued=tuple(unvalued.values()),
    )


def recorded_paths(imported: TrafficImport, known: KnownApi) -> Iterator[tuple[str, str]]:
    """Yield documented paths, below the base path, with file and line: GET answered with success, or examples.

    A path that looks as if it has a secret is left out: its values would be sent.
    """
    read = (
        one
        for one in imported.endpoints
        if one.method.upper() == "GET" and (200 <= one.status < 300 or (one.example and not one.status))
    )
    found = ((one, path) for one in read for path in _below_base(one, known))
    documented = (
        (path.removeprefix(known.base_path), f"{imported.name}:{one.line}")
        for one, path in found
        if path.startswith(known.base_path)
        and "{" not in path
        and not holds_secret(path)
        and known.documented("GET", path)
    )
    yield from islice(documented, MAX_RECORDED)


def _below_base(endpoint: ImportedEndpoint, known: KnownApi) -> Iterator[str]:
    """Yield the paths that a request may mean, with the base path."""
    path = _path(endpoint.url, known.ours)[1]
    if path:
        yield from dict.fromkeys(
            known.base_path + path if root is BELOW_BASE else path for root in endpoint.roots
        )


def _method(endpoint: ImportedEndpoint) -> str:
    """Return the method to probe with; empty if the endpoint is not worth probing."""
    method = endpoint.method.upper()
    useless = method in NO_ROUTES or endpoint.status in MISSING or not METHOD.fullmatch(method)
    return "" if useless else READS.get(method, method)


def _path(url: str, ours: frozenset[Origin]) -> tuple[str, str]:
    """Return (other host, path without the query); the path is empty for a URL of another host."""
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


def _candidates(
    name: str, endpoint: ImportedEndpoint, method: str, found: PathPattern, known: KnownApi
) -> Iterator[Candidate]:
    target = endpoint.target.partition("?")[0] or found.target
    for root in _roots(endpoint, method, target, known):
        if not known.documented(method, root + target):
            yield Candidate(
                method=method, path=root + found.path, target=root + target, file=name, line=endpoint.line
            )


def _roots(endpoint: ImportedEndpoint, method: str, target: str, known: KnownApi) -> tuple[str, ...]:
    """Return the prefixes to probe. A path documented below the base path is not probed at the root."""
    base, roots = known.base_path, endpoint.roots
    if BELOW_BASE in roots and base and target.startswith(f"{base}/"):
        roots = tuple(root for root in roots if root) or ("",)
    elif BELOW_BASE in roots and known.documented(method, base + target):
        roots = tuple(root for root in roots if root)
    return tuple(dict.fromkeys(base if root is BELOW_BASE else root for root in roots))


def limit_candidates(
    candidates: Iterable[Candidate], *, most: int | None = MAX_CANDIDATES
) -> tuple[tuple[Candidate, ...], int]:
    """Keep at most ``most`` candidates, some of each folder, in order. Return them and the number left out.

    ``most`` is None for all.
    """
    everything = tuple(
        {(candidate.method, candidate.path): candidate for candidate in reversed(tuple(candidates))}.values()
    )[::-1]
    if most is None or len(everything) <= min(most, MAX_IN_FOLDER):
        return everything, 0
    folders: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in everything:
        folders[candidate.path.rpartition("/")[0]].append(candidate)
    rounds = (group[turn] for turn in range(MAX_IN_FOLDER) for group in folders.values() if turn < len(group))
    chosen = {id(candidate) for candidate, _ in zip(rounds, range(most), strict=False)}
    kept = tuple(candidate for candidate in everything if id(candidate) in chosen)
    return kept, len(everything) - len(kept)

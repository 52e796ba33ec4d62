"""The Axum adapter: from a folder to routes, layers, TLS facts and findings."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specdrift.collecting import collecting_rarely
from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import (
    ListenerKind,
    PathComparison,
    SourceFinding,
    SourceLayer,
    SourceRoute,
    SourceView,
    TlsFact,
    UnresolvedExpression,
    UnresolvedKind,
)
from specdrift.source.axum import (
    attribute_findings,
    branch_variants,
    handler_findings,
    served_configurations,
    tls_facts,
)
from specdrift.source.axum.evaluate.router_roots import RouterRoot, RouterRoots, find_roots
from specdrift.source.axum.evaluate.router_rules import template
from specdrift.source.axum.guards import verifiers
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_expressions import EXPRESSIONS
from specdrift.source.axum.guards.absent.absent_insertions import Insertions
from specdrift.source.axum.guards.access_profiles import EXTRACTING, AccessProfiles
from specdrift.source.axum.guards.forwarded_guards import ForwardedGuards
from specdrift.source.axum.guards.guard_exits import GuardExits
from specdrift.source.axum.guards.guard_weaknesses import GuardWeaknesses
from specdrift.source.axum.guards.outcomes.rest_answers import RestAnswers
from specdrift.source.axum.path_attributes import parameter_types
from specdrift.source.axum.route_judges import RouteJudges
from specdrift.source.axum.syntax.values import AxumEndpoint
from specdrift.source.axum.verifier_users import TlsConfigurations
from specdrift.source.deep_recursion import room
from specdrift.source.header_mentions import header_mentions, verification_results
from specdrift.source.parse_guard import TooLong, guarded
from specdrift.source.protocol import WITHOUT_TLS, Framework, PlaintextListener, SourceAnalysis, SourceQuery
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.packages import CargoPackage, depends_on_any, packages
from specdrift.source.rust.reachability import Reachability
from specdrift.source.rust.syntax import path_of

NAME = "axum"
CRATES = frozenset({"axum", "axum_extra", "utoipa_axum", "aide"})
OLDEST = re.compile(r"\b0\.6\b")
"""The version of axum whose nested services inherit fallbacks."""
WITHOUT_BRACES = re.compile(r"[\^~=]?\s*0\.[67](?:\.\d+)*")
"""Versions of axum that take ``{id}`` in a path for these characters."""
Serving = Mapping[int, tuple[str, ...]]
"""The binaries that may serve each root, by its id."""
Configured = Mapping[int, tuple[TlsFact, ...]]
"""The TLS configurations of calls that serve, where these differ, by their ids."""


class Axum(Struct, frozen=True):
    """Reads packages that depend on axum, and the packages of the same workspace that they use."""

    name: str = NAME

    def recognises(self, folder: Path) -> bool:
        """Whether a package in the folder depends on axum. Raises UsageError for a manifest that cannot be read."""
        return (folder / "Cargo.toml").is_file() and depends_on_any(folder, CRATES)

    def read(self, query: SourceQuery) -> SourceAnalysis:
        """Analyse the crates.

        Raises UsageError for a folder without a crate, an unknown entry, or a macro that takes far too long to parse.
        """
        try:
            with room(), guarded(), collecting_rarely():
                return self._read(query)
        except TooLong as error:
            raise UsageError(f"{query.folder}: a macro of the crates {error.strerror}") from None

    def _read(self, query: SourceQuery) -> SourceAnalysis:
        found = involved(packages(query.folder))
        index = index_of(query.folder, found)
        names = NameResolver(index)
        conditions = Conditions.of(query.assume)
        wired = find_roots(index, names, conditions, entry=query.entry)
        if query.entry and not (wired.roots or wired.unresolved):
            raise UsageError(f"{query.folder}: no function {query.entry} returns a router")
        profiles = AccessProfiles(index, names)
        exits = GuardExits(names)
        case = AbsentCase(profiles, EXPRESSIONS, Insertions(profiles), conditions)
        judges = RouteJudges.of(profiles, exits, case, query, wired.roots)
        reach = Reachability(index, has_entry=bool(query.entry))
        made = TlsConfigurations.of(tuple(tls_facts.located(index, conditions, reach)), profiles)
        located = made.located()
        own = made.of_own_code(verifiers.facts(index, conditions, reach, case))
        known = (*(one.fact for one in located), *own)
        # The binaries of a router matter only with TLS, and take time to find.
        serving = {id(root): _binaries(root, reach if known else None) for root in wired.roots}
        configured = served_configurations.by_call(wired.roots, located, reach)
        found_routes = routes(wired, judges, serving, configured, braces=has_braces(found))
        view = SourceView(
            crate=found[0].name if len(found) == 1 else query.folder.resolve().name,
            framework=NAME,
            version=next((package.axum for package in found if package.axum), ""),
            entries=tuple(dict.fromkeys(root.entry for root in wired.roots)),
            routes=tuple(found_routes),
            tls=known,
            unresolved=tuple(_unresolved(wired, index)),
            files=len(index.files),
            binaries=tuple(index.binaries),
            certificate_headers=tuple(header_mentions(index.files.values(), reach.runs_at)),
            verification_results=verification_results(index.files.values()),
        )
        plaintext = tuple(_plain(wired.roots, view, serving, judges.rest))
        paths = [route for root in wired.roots for route in root.router.routes]
        findings = (
            *attribute_findings.findings(paths, index, view),
            *_findings(wired, profiles, exits, case),
            *(listener.finding for listener in plaintext),
            *verifiers.findings(index, names, conditions, reach),
        )
        if any(True for _ in index.unread_items()):  # what was looked at last may be among them
            view = replace(view, unresolved=tuple(_unresolved(wired, index)))
        return SourceAnalysis(
            view=view,
            findings=findings,
            plaintext=plaintext,
            forwarded=ForwardedGuards(judges.classifier, found_routes),
        )


FRAMEWORK: Framework = Axum()


def _uses_axum(package: CargoPackage) -> bool:
    return bool(CRATES & package.dependencies)


def involved(found: tuple[CargoPackage, ...]) -> tuple[CargoPackage, ...]:
    """Return the packages that use axum, their dependents, and their own dependencies."""
    wanted = {package.name for package in found if _uses_axum(package)}
    while more := {p.name for p in found if p.dependencies & wanted} - wanted:
        wanted |= more
    used = frozenset[str]().union(*(package.dependencies for package in found if package.name in wanted))
    return tuple(package for package in found if package.name in wanted | used)


def has_braces(found: Iterable[CargoPackage]) -> bool:
    """Return whether ``{id}`` may be a parameter of a path: not if each package has an axum before 0.8.

    utoipa-axum makes ``:id`` of it.
    """
    every = tuple(found)
    versions = [version for package in every for _, version in package.axums]
    converted = any("utoipa_axum" in package.dependencies for package in every)
    return converted or not versions or not all(map(WITHOUT_BRACES.fullmatch, versions))


def index_of(folder: Path, found: Iterable[CargoPackage]) -> CrateIndex:
    """Index all targets of the packages; libraries first, since binaries refer to them."""
    index = CrateIndex(base=folder)
    targets = [(package, target) for package in found for target in package.targets]
    # Manifests depend on packages, code on their libraries: one may have two names.
    named = {target.name: package.name for package, target in targets if not target.binary}
    needs = {p.name: frozenset(named.get(name, name) for name in p.dependencies) for p in found}
    every = {package.name: _all_of(package.name, needs) for package in found}
    for package, target in targets:
        own = target.name if target.binary else package.name
        index.uses[own] = index.uses.get(own, frozenset()) | every[package.name]
        index.features[own] = package.features
        index.inheriting |= {(own, name) for name, version in package.axums if OLDEST.search(version)}
        if not target.binary:
            index.crates[package.name] = index.load(target.root, package.name)
    for _, target in targets:
        if target.binary:
            index.binaries[target.name] = index.load(target.root, target.name)
    return index


def _all_of(name: str, needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return a package and its transitive dependencies."""
    every, waiting = {name}, {name}
    while waiting:
        new = needs.get(waiting.pop(), frozenset()) - every
        every |= new
        waiting |= new
    return frozenset(every)


def routes(
    wired: RouterRoots,
    judges: RouteJudges,
    serving: Serving,
    configured: Configured,
    *,
    braces: bool = True,
) -> dict[SourceRoute, AxumEndpoint]:
    """Return the routes of all roots, each combination of layers once, with what they were made of."""
    seen: dict[tuple[object, ...], tuple[SourceRoute, AxumEndpoint]] = {}
    for root in wired.roots:
        binaries, mounted = serving[id(root)], root.served or not wired.any_server
        listened = (_listener(root),) if root.served else ()
        with_tls = [configured[id(way)] for way in root.ways if id(way) in configured]
        for path, endpoint in [
            *((r.path, r.endpoint) for r in root.router.routes),
            *((r.path, r.endpoint) for r in root.router.fallbacks),
        ]:
            layers = judges.classifier.layers(endpoint, path)
            handler = endpoint.handler.name
            meant = template(path, braces=braces)
            key = (endpoint.methods, meant, endpoint.location, layers, endpoint.kind, handler)
            known, first = seen.get(key, (None, endpoint))
            if known is None:
                placed = mounted and not endpoint.unplaced
                route = replace(_route(path, endpoint, layers, judges), path=meant)
                known = replace(route, entry=root.entry, binaries=binaries, mounted=placed)
            listeners = tuple(dict.fromkeys((*known.listeners, *listened)))
            configurations = tuple(dict.fromkeys((*known.configurations, *with_tls)))
            if (listeners, configurations) != (known.listeners, known.configurations):
                known = replace(known, listeners=listeners, configurations=configurations)
            seen[key] = known, first
    return branch_variants.settled(tuple(seen.values()), judges.classifier)


def _listener(root: RouterRoot) -> ListenerKind:
    """Return what a router is served on; whether a condition allows plaintext is not known."""
    plain = root.listener is ListenerKind.PLAINTEXT and root.conditional
    return ListenerKind.UNKNOWN if plain else root.listener


def _binaries(root: RouterRoot, reach: Reachability | None) -> tuple[str, ...]:
    """Return the binaries that may serve a router; empty if unknown."""
    if root.function is None:
        return (root.entry,)
    return reach.binaries_of(root.function) if reach else ()


def _route(
    path: str, endpoint: AxumEndpoint, layers: tuple[SourceLayer, ...], judges: RouteJudges
) -> SourceRoute:
    guard = judges.classifier.guard(endpoint, path)
    handler = endpoint.handler
    return SourceRoute(
        methods=endpoint.methods,
        path=template(path),
        written=path,
        kind=endpoint.kind,
        handler=handler.name,
        location=endpoint.location,
        handler_at=handler.location if handler.item or handler.closure else None,
        layers=layers,
        guard=guard.kind,
        guard_name=guard.name,
        guard_listed_as=guard.to_list,
        guard_conditional=guard.conditional,
        guard_by_request=guard.by_request,
        guard_after_input=guard.after_input,
        roles=judges.roles.mentioned_by(endpoint),
        comparison=PathComparison.AS_SENT,  # matchit
        gives_data=judges.rest.may_give_data(endpoint),
        untyped_body=handler_findings.untyped_body(handler) is not None,
        conditional=endpoint.conditional,
        trail=endpoint.trail,
    )


def _unresolved(wired: RouterRoots, index: CrateIndex) -> Iterator[UnresolvedExpression]:
    unresolved = [
        *wired.unresolved,
        *(expression for root in wired.roots for expression in root.router.unresolved),
    ]
    missing = (*index.missing, *index.unread_items())
    unresolved += (UnresolvedExpression(place, what, UnresolvedKind.FILE) for place, what in missing)
    # The same expression may be part of a served router and of one that is not: the former counts.
    found: dict[tuple[SourceLocation, str], UnresolvedExpression] = {}
    for one in unresolved:
        known = found.setdefault((one.location, one.what), one)
        if one.kind is UnresolvedKind.SERVED and known.kind is not one.kind:
            found[one.location, one.what] = one
    yield from sorted(found.values(), key=_order)


def _order(expression: UnresolvedExpression) -> tuple[str, int, int]:
    return expression.location.file, expression.location.line, expression.location.column


def _findings(
    wired: RouterRoots, profiles: AccessProfiles, exits: GuardExits, case: AbsentCase
) -> Iterator[SourceFinding]:
    """Yield findings that need no document."""
    routes = [one for root in wired.roots for one in (*root.router.routes, *root.router.fallbacks)]
    everything = [one.endpoint for one in routes]
    yield from GuardWeaknesses(profiles, exits, case).findings(everything, _extractors(everything, profiles))
    yield from handler_findings.findings(routes, profiles)


def _extractors(endpoints: Iterable[AxumEndpoint], profiles: AccessProfiles) -> Iterator[RustItem]:
    """Yield the methods of extractors used as handler parameters."""
    seen: set[tuple[str, int]] = set()
    for endpoint in endpoints:
        module = endpoint.handler.written_in
        for kind in parameter_types(endpoint.handler):
            key = (path_of(kind) or ("",))[-1], id(module)
            if key not in seen:
                seen.add(key)
                yield from profiles.methods_of(key[0], EXTRACTING, module)


def _serves(root: RouterRoot, rest: RestAnswers) -> bool:
    """Return whether a router has routes, or a fallback that may do more than redirect or refuse."""
    fallbacks = root.router.fallbacks
    more = bool(fallbacks) and bool(root.router.unresolved)
    return bool(root.router.routes) or more or any(rest.may_give_data(one.endpoint) for one in fallbacks)


def _plain(
    roots: Iterable[RouterRoot], view: SourceView, serving: Serving, rest: RestAnswers
) -> Iterator[PlaintextListener]:
    """Yield the listeners without TLS in a binary that also has TLS, without those that only redirect or refuse."""
    for root in roots:
        if view.binaries and not serving[id(root)]:
            continue
        plain = root.listener in WITHOUT_TLS or root.assumed_plaintext
        if root.served and plain and view.tls_of(serving[id(root)]) and _serves(root, rest):
            endpoints = [r.endpoint for r in (*root.router.routes, *root.router.fallbacks)]
            places = {(endpoint.location, endpoint.methods) for endpoint in endpoints}
            served = (one for one in view.routes if (one.location, one.methods) in places)
            yield PlaintextListener.of(
                root.entry, root.location, root.listener, served, conditional=root.conditional
            )

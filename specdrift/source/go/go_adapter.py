"""The Go adapter: from a folder to routes, middleware, TLS configurations and findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specdrift.collecting import collecting_rarely
from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import (
    SourceFinding,
    SourceRoute,
    SourceView,
    UnresolvedExpression,
    UnresolvedKind,
)
from specdrift.source.deep_recursion import room
from specdrift.source.go.go_view import ProgramRoutes
from specdrift.source.go.interpreter.go_machine import machine_for
from specdrift.source.go.interpreter.machine import Machine, OutOfSteps
from specdrift.source.go.language.go_modules import GoModule, modules_of
from specdrift.source.go.language.go_packages import GoFunction, GoPackage, PackageIndex
from specdrift.source.go.language.go_reachability import GoReachability
from specdrift.source.go.requests.forwarded_requests import ForwardedToGo, JudgedRoute
from specdrift.source.go.routers.program_reader import read_program, run
from specdrift.source.go.routers.unreached_routes import unreached
from specdrift.source.go.routers.wiring import Wiring
from specdrift.source.go.values.go_values import NIL, GoValue, Results, alternatives
from specdrift.source.header_mentions import header_mentions, verification_results
from specdrift.source.parse_guard import TooLong, guarded
from specdrift.source.protocol import Framework, SourceAnalysis, SourceQuery

NAME = "go"
VERIFYING = re.compile(rb"\.Verify\(|\.CheckSignatureFrom\(|\.Raw(?:SubjectPublicKeyInfo)?\b")
"""What verifies a certificate (crypto/x509), or compares all of it or its key with those that are known."""


class GoServices(Struct, frozen=True):
    """Reads the programs of a Go module, or of the modules of a workspace."""

    name: str = NAME

    def recognises(self, folder: Path) -> bool:
        """Return whether the folder has a module or a workspace."""
        return (folder / "go.mod").is_file() or (folder / "go.work").is_file()

    def read(self, query: SourceQuery) -> SourceAnalysis:
        """Analyse the programs. Raises UsageError for code that takes far too long to parse, or an unknown entry."""
        try:
            with room(), guarded(), collecting_rarely():
                return _read(query)
        except TooLong as error:
            raise UsageError(f"{query.folder}: a Go file {error.strerror}") from None


FRAMEWORK: Framework = GoServices()


def _read(query: SourceQuery) -> SourceAnalysis:
    modules = modules_of(query.folder)
    index = PackageIndex(modules, query.folder)
    programs = list(_programs(index))
    files = [file for package in index.packages.values() for file in package.files]
    verifies = any(VERIFYING.search(file.content) for file in files)
    found: list[ProgramRoutes] = []
    for machine, package in programs:
        one = ProgramRoutes(machine, query.guards, package.module.version, verifies)
        one.read()
        found.append(one)
    if query.entry:
        found = [_of_entry(query, index, found, verifies)]
    unresolved = tuple(_unresolved(query, index, found))
    entries = (_entry(query, index),) if query.entry else ()
    reach = GoReachability.of(index.packages.values(), entries)
    serving = [one for one in found if one.routes]
    view = SourceView(
        crate=modules[0].path.rpartition("/")[2] if modules else query.folder.resolve().name,
        framework=NAME,
        version=_version(modules),
        entries=tuple(one.machine.program for one in serving),
        routes=_distinct(route for one in found for route in one.routes),
        tls=tuple(dict.fromkeys(fact for one in found for fact in one.tls)),
        unresolved=unresolved,
        files=index.files,
        binaries=tuple(dict.fromkeys(one.machine.program for one in found)),
        certificate_headers=tuple(header_mentions(files, reach.runs_at)),
        verification_results=verification_results(files),
    )
    findings = dict.fromkeys(_findings(found))
    plaintext = tuple(listener for one in found for listener in one.plaintext)
    return SourceAnalysis(
        view=view,
        findings=(*findings, *(listener.finding for listener in plaintext)),
        plaintext=plaintext,
        forwarded=ForwardedToGo(_judged(found)),
    )


def _judged(found: Iterable[ProgramRoutes]) -> dict[SourceRoute, list[JudgedRoute]]:
    judged: dict[SourceRoute, list[JudgedRoute]] = {}
    for one in found:
        for route, several in one.judged.items():
            judged.setdefault(route, []).extend(several)
    return judged


def _findings(found: Iterable[ProgramRoutes]) -> Iterator[SourceFinding]:
    for one in found:
        yield from one.findings


def _programs(index: PackageIndex) -> Iterator[tuple[Machine, GoPackage]]:
    """Evaluate each program; those of one folder name have the paths of their packages."""
    packages = index.programs()
    names = [package.path.rpartition("/")[2] for package in packages]
    for package, name in zip(packages, names, strict=True):
        machine = read_program(index, package, name if names.count(name) == 1 else package.path)
        if machine is not None:
            yield machine, package


def _of_entry(
    query: SourceQuery,
    index: PackageIndex,
    found: list[ProgramRoutes],
    verifies: bool,  # noqa: FBT001
) -> ProgramRoutes:
    """Return the routes of the handler that a function returns, with the TLS of all programs."""
    function = _entry(query, index)
    machine = machine_for(index, Wiring(), query.entry)
    handler: GoValue = NIL
    try:
        result = run(machine, function)
        handler = result.values[0] if isinstance(result, Results) else result
    except OutOfSteps:
        machine.unread(function.file.place(function.node), "the function takes too many steps to evaluate")
    listeners = {one.listener for each in found for one in each.machine.served}
    machine.served.clear()
    for one in alternatives(handler):
        for listener in listeners:
            served = next(s for each in found for s in each.machine.served if s.listener is listener)
            place = function.file.place(function.node)
            machine.served.append(replace(served, handler=one, place=place))
        if not listeners:
            machine.unread(function.file.place(function.node), "no call that serves a router was followed")
    read = ProgramRoutes(machine, query.guards, function.package.module.version, verifies)
    read.read()
    return read


def _entry(query: SourceQuery, index: PackageIndex) -> GoFunction:
    """Return the function that ``entry`` names: with its package, or alone. Raises UsageError."""
    package, _, name = query.entry.replace("::", ".").rpartition(".")
    for one in index.packages.values():
        function = one.declare().functions.get(name)
        if function is not None and package in {"", one.name, one.path, one.path.rpartition("/")[2]}:
            return function
    raise UsageError(f"{query.folder}: no function {query.entry} returns a router")


def _unresolved(
    query: SourceQuery, index: PackageIndex, found: list[ProgramRoutes]
) -> Iterator[UnresolvedExpression]:
    known: dict[tuple[SourceLocation, str], UnresolvedKind] = {}
    for one in found:
        for (place, what), kind in one.machine.not_read.items():
            if known.get((place, what)) is not UnresolvedKind.SERVED:
                known[place, what] = kind
    visited = {place for one in found for place in one.machine.visited}
    if not query.entry:
        for place in unreached(index, visited):
            known.setdefault(
                (place, "a route in code that is not known to be called"), UnresolvedKind.UNREACHED
            )
    for name in index.unread:
        known[_start_of(name), "a file that is too large"] = UnresolvedKind.FILE
    if not any(one.machine.served for one in found):
        manifest = next((name for name in ("go.mod", "go.work") if (query.folder / name).is_file()), "go.mod")
        place = _start_of(str(query.folder / manifest))
        known[place, "no program of the modules is known to serve a handler"] = UnresolvedKind.SERVED
    expressions = (UnresolvedExpression(place, what, kind) for (place, what), kind in known.items())
    yield from sorted(
        expressions, key=lambda one: (one.location.file, one.location.line, one.location.column)
    )


def _start_of(name: str) -> SourceLocation:
    return SourceLocation(file=name, line=1, column=1, end_line=1, end_column=2, pointer="", text="")


def _distinct(routes: Iterable[SourceRoute]) -> tuple[SourceRoute, ...]:
    return tuple(dict.fromkeys(routes))


def _version(modules: Iterable[GoModule]) -> str:
    """Return the version of Go, and those of the libraries of routers."""
    for module in modules:
        number = ".".join(map(str, module.version))
        libraries = [
            f"{path.removeprefix('github.com/').partition('/')[2].partition('/')[0]} {version}"
            for path, version in module.requires.items()
            if path.startswith(("github.com/go-chi/chi/v", "github.com/gin-gonic/gin"))
        ]
        return ", ".join([number, *libraries])
    return ""

"""Evaluates programs: what their packages initialize, ``main``, and the functions that other modules call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.go_calls import invoke
from specdrift.source.go.interpreter.go_machine import machine_for
from specdrift.source.go.interpreter.machine import Call, GoFrame, OutOfSteps
from specdrift.source.go.routers.go_layers import AnsweringHandler, Registration
from specdrift.source.go.routers.serve_mux import default_mux
from specdrift.source.go.routers.wiring import Wiring, run_escaped
from specdrift.source.go.routers.wiring_relevance import WiringRelevance
from specdrift.source.go.values.go_values import DeclaredFunction, GoScope, GoValue, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specdrift.source.go.interpreter.machine import Machine
    from specdrift.source.go.language.go_packages import GoFunction, GoPackage, PackageIndex

OF_IMPORTS = {
    "net/http/pprof": (
        *("/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/profile"),
        *("/debug/pprof/symbol", "/debug/pprof/trace"),
    ),
    "expvar": ("/debug/vars",),
}
"""Routes that packages of the standard library add to the default router when they are imported."""


def read_program(index: PackageIndex, package: GoPackage, name: str) -> Machine | None:
    """Evaluate a program; return ``None`` for a package without ``main``."""
    relevance = WiringRelevance.of(list(imported(index, package)))
    machine = machine_for(index, Wiring(relevance), name)
    main = package.declare().functions.get("main")
    if main is None:
        return None
    try:
        _initialize(machine, package)
        run(machine, main)
        run_escaped(machine)
    except OutOfSteps:
        machine.unread(main.file.place(main.node), "the program takes too many steps to evaluate")
    except RecursionError:
        machine.unread(main.file.place(main.node), "code that is nested too deep")
    return machine


def run(machine: Machine, function: GoFunction) -> GoValue:
    """Call a function without arguments that are known."""
    frame = GoFrame(function.file, function.package, GoScope(), function.name)
    called = DeclaredFunction(function)
    result = invoke(machine, called, [], Call("", None, (), function.node, frame))
    machine.has_exited = False
    return result


def _initialize(machine: Machine, package: GoPackage) -> None:
    for one in imported(machine.index, package):
        for file in one.files:
            for path in (*file.imports.values(), *file.blank_imports):
                for pattern in OF_IMPORTS.get(path, ()):
                    handler = AnsweringHandler(f"{path}{pattern}", 200)
                    place = file.place(file.root)
                    default_mux(machine).registrations.append(
                        Registration((), text_of(pattern), handler, place)
                    )
        for function in one.initializers:
            run(machine, function)


def imported(index: PackageIndex, package: GoPackage) -> Iterator[GoPackage]:
    """Yield the packages of the modules that a package imports, in the order of their initialization, and itself."""
    seen: set[str] = set()
    waiting: list[tuple[GoPackage, bool]] = [(package, False)]
    while waiting:
        one, is_ready = waiting.pop()
        if is_ready:
            yield one
            continue
        if one.path in seen:
            continue
        seen.add(one.path)
        waiting.append((one.declare(), True))
        for file in one.files:
            for path in (*file.imports.values(), *file.blank_imports):
                inner = index.package(path)
                if inner is not None and inner.name != "main":
                    waiting.append((inner, False))

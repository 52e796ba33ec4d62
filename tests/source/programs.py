"""Makes up programs that build routers: nested, merged, layered, with fallbacks, in functions, variables and loops."""

import os
from collections.abc import Iterator
from random import Random

from msgspec import Struct, field

HANDLERS = ("one", "two", "three", "four", "five", "six")
FALLBACKS = ("missing", "nothing")
LAYERS = ("a", "b", "c")
VERBS = ("get", "post", "put", "delete", "patch")
DEEPEST = 3
SEED = int(os.environ.get("SPECDRIFT_PROGRAMS_SEED", "1"))
"""Another seed makes other programs."""
COUNT = 40

HEAD = """//! Made up by the tests.

use crate::marks::{a, b, c, h};
use axum::middleware::from_fn;
use axum::routing::{delete, get, patch, post, put};
use axum::Router;
use tower::ServiceBuilder;
"""


class Program(Struct):
    """``functions`` are those of one program, the first of which gives its router. Each path is there once, so that
    axum does not panic: ``number`` counts them.
    """

    name: str
    random: Random
    functions: list[str] = field(default_factory=list)
    number: int = 0

    def text(self) -> str:
        """The program's source."""
        self._function(self.name, depth=0, fallback=self.random.random() < 0.6)
        return "\n".join(self.functions)

    def _function(self, name: str, *, depth: int, fallback: bool) -> None:
        """A function that gives a router, as a chain or by rebinding a variable."""
        steps = list(self._steps(depth, fallback=fallback))
        if self.random.random() < 0.5:
            lines = ["let app = Router::new();"]
            lines += [self._rebound(step) for step in steps]
            body = "\n    ".join([*lines, "app"])
        else:
            body = "Router::new()" + "".join(f"\n        {step}" for step in steps)
        self.functions.append(f"fn {name}() -> Router {{\n    {body}\n}}\n")

    def _rebound(self, step: str) -> str:
        kind = self.random.randrange(3)
        if kind == 0:
            return f"let app = {{ app{step} }};"
        if kind == 1:
            return f"let change = |app: Router| app{step};\n    let app = change(app);"
        return f"let app = app{step};"

    def _steps(self, depth: int, *, fallback: bool) -> Iterator[str]:
        """Method calls on a router, in any order; routes first, since a ``route_layer`` around none panics."""
        yield self._route()
        makers = [self._route, self._route, self._layer, self._route_layer]
        if depth < DEEPEST:
            makers += [lambda: self._nested(depth), lambda: self._merged(depth)]
        more = [self.random.choice(makers) for _ in range(self.random.randint(1, 5))]
        place = self.random.randrange(len(more) + 1) if fallback else -1
        for number, make in enumerate(more):
            if number == place:
                yield self._fallback()
            yield make()
        if place == len(more):
            yield self._fallback()

    def _path(self) -> str:
        self.number += 1
        return f"/p{self.number}" + self.random.choice(["", "", "/{id}", "/{id}/x", "/{*rest}"])

    def _route(self) -> str:
        return f'.route("{self._path()}", {self._methods()})'

    def _methods(self) -> str:
        """A method router: verbs that differ, with layers between them."""
        verbs = self.random.sample(VERBS, self.random.randint(1, 3))
        said = f"{verbs[0]}({self._handler()})"
        for verb in verbs[1:]:
            said += self._around_methods() + f".{verb}({self._handler()})"
        return said + self._around_methods()

    def _around_methods(self) -> str:
        chosen = self.random.random()
        if chosen < 0.2:
            return f".layer(from_fn({self.random.choice(LAYERS)}))"
        return f".route_layer(from_fn({self.random.choice(LAYERS)}))" if chosen < 0.4 else ""

    def _handler(self) -> str:
        return f"h::{self.random.choice(HANDLERS)}"

    def _layers(self) -> str:
        chosen = self.random.sample(LAYERS, self.random.randint(1, 2))
        if len(chosen) == 1:
            return f"from_fn({chosen[0]})"
        if self.random.random() < 0.5:
            return f"(from_fn({chosen[0]}), from_fn({chosen[1]}))"
        return f"ServiceBuilder::new().layer(from_fn({chosen[0]})).layer(from_fn({chosen[1]}))"

    def _layer(self) -> str:
        return f".layer({self._layers()})"

    def _route_layer(self) -> str:
        return f".route_layer({self._layers()})"

    def _fallback(self) -> str:
        return f".fallback(h::{self.random.choice(FALLBACKS)})"

    def _inner(self, depth: int, *, fallback: bool) -> str:
        name = f"{self.name}_{len(self.functions)}_{self.number}"
        self._function(name, depth=depth + 1, fallback=fallback)
        return f"{name}()"

    def _nested(self, depth: int) -> str:
        self.number += 1
        prefix = f"/n{self.number}" + self.random.choice(["", "", "/{tenant}", "/"])
        way = "nest" if self.random.random() < 0.7 else "nest_service"
        return f'.{way}("{prefix}", {self._inner(depth, fallback=self.random.random() < 0.3)})'

    def _merged(self, depth: int) -> str:
        """Merged routers have no fallback of their own: axum panics where both have one."""
        return f".merge({self._inner(depth, fallback=False)})"


def programs(seed: int, count: int) -> dict[str, str]:
    """So many programs by the names of their functions."""
    return {f"made_{n}": Program(f"made_{n}", Random(seed * 1000 + n)).text() for n in range(count)}


def batch(made: dict[str, str]) -> str:
    """The module ``generated`` of the corpus: all programs, and a function that finds one by its name."""
    arms = "".join(f'        "{name}" => {name}(),\n' for name in made)
    chosen = (
        "pub fn app(name: &str) -> Router {\n    match name {\n"
        f'{arms}        _ => panic!("there is no router {{name}}"),\n    }}\n}}\n'
    )
    return "\n".join((HEAD, *made.values(), chosen))

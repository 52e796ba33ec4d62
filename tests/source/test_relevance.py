"""Which functions are evaluated: names alone would spread to half of a large service."""

from pathlib import Path

import pytest

from specdrift.source.axum.adapter import index_of, involved
from specdrift.source.axum.evaluate.relevance.relevant_functions import relevant_functions
from specdrift.source.rust.packages import packages
from tests.source.crates import crate, reading

SERVER = """
pub struct Server;
impl Server { pub fn run(&self, l: TcpListener) { serve_connection(l, Router::new().route("/a", get(a))); } }
struct A; impl A { fn run(&self, n: u8) {} }
struct B; impl B { fn run(&self, n: u8) {} }
struct C; impl C { fn run(&self, n: u8) {} }
"""
"""``run`` is the name of many methods: who names the type may call that of the server."""
OTHER = f"{SERVER}struct D {{ server: Server }}\nimpl Deref for D {{ type Target = Server; }}\n"
OWN = f"{OTHER}impl D {{ fn run(&self, n: u8) {{}} "
EACH = "trait Each { fn caller(&self); }\n"
RUNS = (
    "trait Runs { fn start(&self); }\n"
    "impl Runs for Server { fn start(&self) { axum::serve(l, Router::new()); } }\n"
)
ERROR = "enum Failed { Router(RouterError), Other }\n"
RELEVANT = {
    "a variant that holds no router": (f"{ERROR}fn caller() -> Failed {{ Failed::Router(e) }}", False),
    "a variant that holds one": (
        "enum App { Router(Router), Other }\nfn caller(a: App) -> bool { matches!(a, App::Router(_)) }",
        True,
    ),
    "a variant with fields that holds one": (
        "enum App { Router { inner: axum::Router<S> } }\nfn caller(a: App) { if let App::Router { .. } = a {} }",
        True,
    ),
    "a variant of a type that is not known": (
        "fn caller(a: App) -> bool { matches!(a, App::Router(_)) }",
        True,
    ),
    "a type of a trait": ("struct App;\nfn caller() -> App::Router { App::new() }", True),
    "the type of another module": (f"{ERROR}fn caller() -> axum::Router {{ make() }}", True),
    "the type itself": (f"{SERVER}fn caller(s: Server) {{ s.run(l); }}", True),
    "its own method": (f"{OWN}fn caller(&self) {{ self.run(1); }} }}", False),
    "its own method, behind a pointer": (f"{OWN}fn caller(&self) {{ (*self).run(1); }} }}", False),
    "that of what it points to": (f"{OTHER}impl D {{ fn caller(&self) {{ self.run(l); }} }}", True),
    "that of a field": (f"{OWN}fn caller(&self) {{ self.server.run(l); }} }}", True),
    "that of another variable": (f"{OWN}fn caller(&self) {{ myself.run(l); }} }}", True),
    "that of what a function makes of it": (f"{OWN}fn caller(&self) {{ server(*self).run(l); }} }}", True),
    "its own function of the name": (
        f"{OTHER}impl D {{ fn run(n: u8) {{}} fn caller(&self) {{ self.run(l); }} }}",
        True,
    ),
    "that of a type parameter": (
        f"{SERVER}{EACH}impl<T: Runs> Each for T {{ fn caller(&self) {{ self.run(1); }} }}",
        False,
    ),
    "that of what implements a trait": (
        f"{SERVER}trait Each {{ fn caller(&self) {{ self.run(1); }} }}",
        False,
    ),
    "that of a trait": (
        f"{SERVER}{EACH}{RUNS}impl<T: Runs> Each for T {{ fn caller(&self) {{ self.start(); }} }}",
        True,
    ),
}


def relevant(folder: Path, code: str) -> set[str]:
    """The names of the relevant functions."""
    index = index_of(folder, involved(packages(crate(folder, f"{code}\nfn main() {{}}\n"))))
    found = relevant_functions(index).functions
    return {one.name for one in index.functions() if one.id in found}


@pytest.mark.parametrize(("code", "calls"), RELEVANT.values(), ids=RELEVANT)
def test_what_cannot_call_what_builds_a_router_is_not_evaluated(
    tmp_path: Path,
    code: str,
    calls: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """By what stands before the name."""
    assert ("caller" in relevant(tmp_path, code)) is calls


@pytest.mark.parametrize(("line", "calls"), [("fn of(s: Server) {}", True), ("", False)])
def test_tests_that_name_a_type_make_no_caller_of_its_methods(
    tmp_path: Path,
    line: str,
    calls: bool,  # noqa: FBT001 - whether the code names it, too
) -> None:
    """Of the other code in their file."""
    tests = "#[cfg(test)]\nmod tests {\n    use crate::Server;\n}\n"
    module = f"{line}\npub fn caller(x: X) {{ x.run(1); }}\n{tests}"
    files = {"src/main.rs": f"mod other;\n{SERVER}fn main() {{}}\n", "src/other.rs": module}
    index = index_of(tmp_path, involved(packages(crate(tmp_path, files))))
    found = relevant_functions(index).functions
    assert ("caller" in {one.name for one in index.functions() if one.id in found}) is calls


FIELD = """
use axum::{{Router, routing::get}};
struct Role {{ admin: {kind}, other: Other }}
impl Role {{
    async fn create(settings: Settings) -> Result<Self, Error> {{ Ok(Self {{ admin: connect(settings)?, other }}) }}
    async fn start(self) {{ self.{field}.run(listener).await; }}
}}
struct Admin;
impl Admin {{
    async fn run(&self, l: TcpListener) {{ axum::serve(l, Router::new().route("/a", get(a))).await.unwrap(); }}
}}
struct Other;
impl Other {{ async fn run(&self, l: TcpListener) {{ listen(l); }} }}
impl Third {{ async fn run(&self, l: TcpListener) {{ listen(l); }} }}
async fn a() {{}}
#[tokio::main]
async fn main() {{ let role = Role::create(settings).await.unwrap(); role.start().await; }}
"""


@pytest.mark.parametrize(
    ("kind", "field", "served"),
    [
        ("Admin", "admin", True),
        ("Arc<Box<Admin>>", "admin", True),
        ("Admin", "other", False),
        ("X", "admin", False),
    ],
)
def test_the_type_of_a_field_tells_its_method(
    tmp_path: Path,
    kind: str,
    field: str,
    served: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Of several of one name, if the value of the field is not known."""
    (route,) = reading(tmp_path, FIELD.format(kind=kind, field=field)).view.routes
    assert (route.entry == "shop") is served

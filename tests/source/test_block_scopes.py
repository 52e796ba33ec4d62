"""What blocks of a guard declare and import hides what the module has of that name, inside of the block alone."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone, Default)]
pub struct Peer(pub Option<CertificateDer<'static>>);
mod strict {
    pub const STRICT: bool = true;
    pub fn ok(peer: Option<&crate::Peer>) -> bool { peer.is_some_and(|peer| peer.0.is_some()) }
}
mod lax {
    pub const STRICT: bool = false;
    #[derive(Clone)]
    pub struct Peer(pub Option<u8>);
    pub struct Marker(pub Option<u8>);
    pub fn ok(_: Option<&crate::Peer>) -> bool { true }
}
macro_rules! deny { () => { return Err(StatusCode::UNAUTHORIZED) } }
MODULE
async fn data() {}
async fn mtls(mut request: Request, next: Next) -> Result<Response, StatusCode> {
    request.extensions_mut().insert(lax::Peer(Some(1)));
    request.extensions_mut().insert(lax::Marker(Some(1)));
    GUARD
}
"""
NO_DENY = "macro_rules! deny { () => { () } }"
NEXT = "Ok(next.run(request).await)"
TYPED = f"if request.extensions().get::<Peer>().is_none_or(|p| p.0.is_none()) {{ deny!() }} {NEXT}"
NAMED = f"if !ok(request.extensions().get()) {{ deny!() }} {NEXT}"
SWITCHED = (
    f"if STRICT && request.extensions().get::<Peer>().is_none_or(|p| p.0.is_none()) {{ deny!() }} {NEXT}"
)
ALIASED = f"if request.extensions().get::<Caller>().is_none_or(|p| p.0.is_none()) {{ deny!() }} {NEXT}"
MATCHED = f"if matches!(request.extensions().get(), Some(Caller(Some(_)))) {{ {NEXT} }} else {{ deny!() }}"
LET = "let open = {{ use {}::ok; ok(request.extensions().get()) }};"
OPEN = f"if !open {{ deny!() }} {NEXT}"
CALLED = LET.replace("ok(request.extensions().get()", "there(request.extensions().get::<Peer>()")
FORMS = {
    "a type": ("", f"use lax::Peer; {TYPED}", f"use crate::Peer; {TYPED}"),
    "a declared type": (
        "",
        f"struct Peer(Option<u8>); request.extensions_mut().insert(Peer(Some(1))); {TYPED}",
        f"{{ struct Peer(Option<u8>); }} {TYPED}",
    ),
    "a type by another name": (
        "",
        f"use lax::Marker as Caller; {ALIASED}",
        f"use crate::Peer as Caller; {ALIASED}",
    ),
    "a type of a pattern": (
        "use crate::Peer as Caller;",
        f"use lax::Marker as Caller; {MATCHED}",
        f"{{ use lax::Marker as Caller; }} {MATCHED}",
    ),
    "a function": ("use strict::ok;", f"use lax::ok; {NAMED}", f"{{ use lax::ok; }} {NAMED}"),
    "a stricter function": ("use lax::ok;", NAMED, f"use strict::ok; {NAMED}"),
    "a glob": ("", f"use lax::*; {NAMED}", f"use strict::*; {NAMED}"),
    "a constant": ("const STRICT: bool = true;", f"const STRICT: bool = false; {SWITCHED}", SWITCHED),
    "an imported constant": ("use strict::STRICT;", f"use lax::STRICT; {SWITCHED}", SWITCHED),
    "a stricter constant": ("use lax::STRICT;", SWITCHED, f"use strict::STRICT; {SWITCHED}"),
    "a macro": ("", f"{NO_DENY} {TYPED}", f"{{ {NO_DENY} }} {TYPED}"),
    "a variable around the block": (
        "",
        f"let ok = |p: Option<&Peer>| strict::ok(p); {LET.format('lax')} {OPEN}",
        f"let ok = |p: Option<&Peer>| lax::ok(p); {LET.format('strict')} {OPEN}",
    ),
    "a closure that is called in another block": (
        "",
        f"use lax::ok; let there = |p: Option<&Peer>| ok(p); {CALLED.format('strict')} {OPEN}",
        f"use strict::ok; let there = |p: Option<&Peer>| ok(p); {CALLED.format('lax')} {OPEN}",
    ),
    "a function of the block": (
        "use strict::ok;",
        f"use lax::ok; fn there(p: Option<&Peer>) -> bool {{ ok(p) }} {CALLED.format('strict')} {OPEN}",
        f"fn there(p: Option<&Peer>) -> bool {{ ok(p) }} {CALLED.format('lax')} {OPEN}",
    ),
    "a module of the block": (
        "use strict::ok;",
        f"mod inner {{ pub use super::lax::ok; }} use inner::ok; {NAMED}",
        f"mod inner {{ pub use super::strict::ok; }} use inner::ok; {NAMED}",
    ),
}


@pytest.mark.parametrize(("module", "faulty", "correct"), FORMS.values(), ids=FORMS)
def test_a_block_hides_what_its_module_has(tmp_path: Path, module: str, faulty: str, correct: str) -> None:
    """A guard that another item opens does not pass, and its twin is one."""
    found = [
        _guard(tmp_path / name, module, code) for name, code in (("faulty", faulty), ("correct", correct))
    ]
    assert found[0] in {Guarding.NONE, Guarding.UNKNOWN}
    assert found[1] is Guarding.CERTIFICATE


def _guard(
    folder: Path, module: str, guard: str, app: str = ".layer(from_fn(mtls))", before: str = ""
) -> Guarding:
    code = CODE.replace("GUARD", guard).replace("MODULE", module)
    folder.mkdir()
    code += f'fn app() -> Router {{ {before} Router::new().route("/data", get(data)){app} }}\n'
    (route,) = reading(folder, served("app()", code)).view.routes
    return route.guard


CLOSURE = ".layer(from_fn(|request: Request, next: Next| async move {{ {} }}))"


@pytest.mark.parametrize(("used", "guards"), [("lax", False), ("strict", True)])
def test_a_closure_has_the_imports_around_it(tmp_path: Path, used: str, guards: bool) -> None:  # noqa: FBT001
    """Those of the function that builds the router."""
    module = f"use {'strict' if used == 'lax' else 'lax'}::ok;"
    guard = _guard(tmp_path / "one", module, NEXT, CLOSURE.format(NAMED), f"use {used}::ok;")
    assert (guard is Guarding.CERTIFICATE) is guards

"""Builders that carry routers in their fields: how they begin, and how their fields are taken out."""

from pathlib import Path

import pytest

from tests.source.crates import reading, served

GUARD = """
async fn data() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    req.extensions().get::<ClientCertificate>().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
fn open() -> Router { Router::new().route("/open", get(data)) }
fn closed() -> Router { Router::new().route("/closed", get(data)) }
"""
METHODS = """
    fn private(self, r: Router) -> Self { Self { private: self.private.merge(r), ..self } }
    fn public(mut self, r: Router) -> Self { self.public = self.public.merge(r); self }
    fn finish(self) -> Router { self.private.layer(from_fn(guard)).merge(self.public) }
}
"""
FIELDS = "struct Parts { private: Router, public: Router }\nimpl Parts {\n"
DERIVED = f"#[derive(Clone, Default)]\n{FIELDS}"
OTHERS = """
    fn private(self, r: Router) -> Self {
        let Self { private, public } = self; Self { private: private.merge(r), public }
    }
    fn public(self, r: Router) -> Self {
        let Parts { public: open, private } = self; Self { private, public: open.merge(r) }
    }
    fn finish(self) -> Router { self.private.layer(from_fn(guard)).merge(self.public) }
}
"""
BUILDERS = {
    "new is default": f"{DERIVED}    fn new() -> Self {{ Self::default() }}{METHODS}",
    "by its name": f"{DERIVED}    fn new() -> Self {{ Parts::default() }}{METHODS}",
    "each field": (
        f"{FIELDS}    fn new() -> Self {{ Self {{ private: Router::new(), public: Default::default() }} }}{METHODS}"
    ),
    "the rest": f"{DERIVED}    fn new() -> Self {{ Self {{ private: Router::new(), ..Default::default() }} }}{METHODS}",
    "taken apart": f"{DERIVED}    fn new() -> Self {{ Self::default() }}{OTHERS}",
}


@pytest.mark.parametrize("code", BUILDERS.values(), ids=BUILDERS)
def test_a_router_in_a_field_of_a_builder_is_followed(tmp_path: Path, code: str) -> None:
    """It begins empty, and each route keeps its layers."""
    found = reading(
        tmp_path, served("Parts::new().private(closed()).public(open()).finish()", GUARD + code)
    ).view
    assert {(route.path, route.guard.certain) for route in found.routes} == {
        ("/closed", True),
        ("/open", False),
    }
    assert found.unresolved == ()


def test_a_tuple_struct_is_taken_apart(tmp_path: Path) -> None:
    """``let Wrapper(router) = self``."""
    code = """
struct App(Router);
impl App {
    fn guarded(self) -> Self { let App(router) = self; App(router.layer(from_fn(guard))) }
    fn into_router(self) -> Router { self.0 }
}
"""
    found = reading(tmp_path, served("App(closed()).guarded().into_router()", GUARD + code)).view
    assert [(route.path, route.guard.certain) for route in found.routes if route.mounted] == [
        ("/closed", True)
    ]

"""Roles of the document in the code: a comparison counts only if it decides something."""

from pathlib import Path

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate, reading, served

CODE = """
async fn data() {}
fn ou(req: &Request) -> Option<String> { subject(req.extensions().get::<ClientCertificate>()?) }
async fn guard(req: Request, next: Next) -> Response {
    let Some(cert) = req.extensions().get::<ClientCertificate>() else { DENY };
    CHECK
    next.run(req).await
}
"""
DENY = "return StatusCode::UNAUTHORIZED.into_response();"
FORBID = "return StatusCode::FORBIDDEN.into_response();"
CHECKS = {
    "unequal": (f'if ou(&req).as_deref() != Some("admin") {{ {FORBID} }}', True),
    "contains": (f'if !roles(cert).contains(&"admin") {{ {FORBID} }}', True),
    "or the owner": (f'if ou(&req).as_deref() != Some("admin") && !owner(cert) {{ {FORBID} }}', True),
    "a variable": (f'let is = ou(&req).as_deref() == Some("admin"); if !is {{ {FORBID} }}', True),
    "a response of its own": (
        'if ou(&req).as_deref() != Some("admin") { return Response::builder().status(403).body(b()).unwrap(); }',
        True,
    ),
    "a helper": (f'if !has_role(&req, "admin") {{ {FORBID} }}', True),
    "any": (f'if !roles(cert).iter().any(|r| r == "admin") {{ {FORBID} }}', True),
    "only logged": ('if ou(&req).as_deref() != Some("admin") { tracing::warn!("not an admin"); }', False),
    "recorded": ('let admin = ou(&req).as_deref() == Some("admin"); span.record("by", admin);', False),
    "logged by a helper": ('if !roles(cert).contains(&"admin") { note(cert); }', False),
    "not named": ("", False),
}


@pytest.mark.parametrize(("check", "counts"), CHECKS.values(), ids=CHECKS)
def test_a_role_is_checked_where_its_comparison_decides(
    tmp_path: Path,
    check: str,
    counts: bool,  # noqa: FBT001
) -> None:
    """One that is only logged requires nothing."""
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    code = served(app, CODE.replace("DENY", DENY).replace("CHECK", check))
    (route,) = reading(tmp_path, code, roles=("admin",)).view.routes
    assert (route.guard.certain, route.roles) == (True, ("admin",) if counts else ())


DOCUMENT = """
openapi: 3.1.0
info: { title: Test, version: "1" }
components: { securitySchemes: { cert: { type: mutualTLS } } }
paths:
  /orders: { get: { security: [{ cert: [admin] }], responses: { "200": { description: ok } } } }
"""


@pytest.mark.parametrize(("name", "status"), [("unequal", 0), ("only logged", 3), ("not named", 3)])
def test_a_role_that_nothing_is_known_to_check_is_undecided(tmp_path: Path, name: str, status: int) -> None:
    """It may be checked by what was not read, but it never passes."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    tls = "fn tls() { WebPkiClientVerifier::builder(r).with_crls(c).allow_unauthenticated().build(); }\n"
    text = served(app, CODE.replace("DENY", DENY).replace("CHECK", CHECKS[name][0]) + tls)
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (crate(tmp_path / "service", text),))
    assert result.exit_status == status
    assert {drift.rule for drift in result.drifts} >= ({"role-not-guarded"} if status else set())


STATED = """
async fn data() {}
#[derive(Clone)]
struct Identity { roles: Vec<String>, cert: ClientCertificate }
async fn require(State(role): State<&'static str>, Extension(identity): Extension<Identity>, req: Request, next: Next)
    -> Result<Response, StatusCode> {
    CHECK
    Ok(next.run(req).await)
}
"""
REFUSE = "return Err(StatusCode::FORBIDDEN);"
OF_STATE = {
    "compared": (f"if !identity.roles.iter().any(|r| r == role) {{ {REFUSE} }}", True),
    "in the list": (f"if !identity.roles.contains(&role.to_owned()) {{ {REFUSE} }}", True),
    "only logged": (f'if !identity.roles.iter().any(|r| r == role) {{ warn!("x"); }} {REFUSE}', False),
    "a part of a role": (
        f"if !identity.roles.iter().any(|r| role.contains(r.as_str())) {{ {REFUSE} }}",
        False,
    ),
    "the beginning of one": (
        f"if !identity.roles.iter().any(|r| role.starts_with(r.as_str())) {{ {REFUSE} }}",
        False,
    ),
    "in a header": (f'if !req.headers().get_all("x-role").iter().any(|r| r == role) {{ {REFUSE} }}', False),
    "in one header": (
        f'if req.headers().get("x-role").map(|r| r.to_str()) != Some(role) {{ {REFUSE} }}',
        False,
    ),
}


@pytest.mark.parametrize(("check", "counts"), OF_STATE.values(), ids=OF_STATE)
def test_a_role_in_the_state_is_checked_where_it_is_compared_with_the_callers(
    tmp_path: Path,
    check: str,
    counts: bool,  # noqa: FBT001
) -> None:
    """A header is the client's choice, and a part of a text is no role."""
    app = 'Router::new().route("/orders", get(data)).layer(from_fn_with_state("admin", require))'
    (route,) = reading(tmp_path, served(app, STATED.replace("CHECK", check)), roles=("admin",)).view.routes
    assert route.roles == (("admin",) if counts else ())


def test_a_role_that_a_layer_of_another_crate_may_check_is_undecided(tmp_path: Path) -> None:
    """Whether it does is not known; the certificate is checked."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    app = 'Router::new().route("/orders", get(data)).layer(other::Layer::new()).layer(from_fn(guard))'
    tls = "fn tls() { WebPkiClientVerifier::builder(r).with_crls(c).allow_unauthenticated().build(); }\n"
    text = served(app, CODE.replace("DENY", DENY).replace("CHECK", "") + tls)
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (crate(tmp_path / "service", text),))
    assert result.exit_status == 3
    assert "role-not-guarded" not in {drift.rule for drift in result.drifts}

"""Closures, macros and references of a guard: what they change of its variables may be there without a certificate."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone, Default)]
struct Peer(Option<CertificateDer<'static>>);
async fn data() {}
async fn guard(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
    BODY
    Ok(next.run(req).await)
}
"""
DENY = "{ return Err(StatusCode::UNAUTHORIZED); }"
BODIES = {
    "assigned": (
        (
            f"let mut known = false; req.headers().iter().for_each(|h| known = trusted(h));"
            f" if peer.0.is_none() && !known {DENY}"
        ),
        False,
    ),
    "assigned in a block": (
        (
            f"let mut found = None; req.headers().iter().for_each(|h| {{ found = Some(h); }});"
            f" if peer.0.is_none() && found.is_none() {DENY}"
        ),
        False,
    ),
    "pushed": (
        (
            f"let mut names = vec![]; req.headers().iter().for_each(|h| names.push(h));"
            f" if peer.0.is_none() && names.is_empty() {DENY}"
        ),
        False,
    ),
    "by code of another crate": (
        f"let mut found = None; visit(|h| found = Some(h)); if peer.0.is_none() && found.is_none() {DENY}",
        False,
    ),
    "assigned in a macro": (
        f"let mut ok = false; select! {{ _ = a(&req) => {{ ok = true; }} }} if peer.0.is_none() && !ok {DENY}",
        False,
    ),
    "by a reference": (
        f"let mut ok = false; {{ let r = &mut ok; *r = other(&req); }} if peer.0.is_none() && !ok {DENY}",
        False,
    ),
    "by a method whose result is used": (
        f"let mut c = peer.0; let _d = c.get_or_insert_with(|| other(&req)); if c.is_none() {DENY}",
        False,
    ),
    "compared in a macro": (
        f"let ok = false; select! {{ _ = a(ok == true) => {{}} }} if peer.0.is_none() && !ok {DENY}",
        True,
    ),
    "a variable in a macro that may assign it": (
        f"let mut ok = false; set_flag!(ok); if peer.0.is_none() && !ok {DENY}",
        False,
    ),
    "a variable in a macro that cannot assign it": (
        f"let ok = false; set_flag!(ok); if peer.0.is_none() && !ok {DENY}",
        True,
    ),
    "by a reference to a field": (
        f"let mut s = Stat {{ ok: false }}; {{ let r = &mut s.ok; *r = true; }} if peer.0.is_none() && !s.ok {DENY}",
        False,
    ),
    "a field that is only read": (
        f"let s = Stat {{ ok: false }}; {{ let r = &s.ok; log(r); }} if peer.0.is_none() && !s.ok {DENY}",
        True,
    ),
    "by a method that is not known": (
        f"let mut v: Vec<_> = peer.0.into_iter().collect(); let _n = v.add(other(&req)); if v.is_empty() {DENY}",
        False,
    ),
    "by no method that is not known": (
        f"let v: Vec<_> = peer.0.into_iter().collect(); let _n = v.add(other(&req)); if v.is_empty() {DENY}",
        True,
    ),
    "of another variable": (
        f"let mut seen = 0; req.headers().iter().for_each(|_| seen += 1); if peer.0.is_none() {DENY}",
        True,
    ),
    "only read": (
        f"let known = false; req.headers().iter().for_each(|h| log(h, known)); if peer.0.is_none() && !known {DENY}",
        True,
    ),
}


@pytest.mark.parametrize(("body", "guards"), BODIES.values(), ids=BODIES)
def test_what_a_closure_changes_is_not_known(tmp_path: Path, body: str, guards: bool) -> None:  # noqa: FBT001
    """It may run for any client."""
    app = 'Router::new().route("/data", get(data)).layer(from_fn(guard))'
    (route,) = reading(tmp_path, served(app, CODE.replace("BODY", body))).view.routes
    assert route.guard is (Guarding.CERTIFICATE if guards else Guarding.UNKNOWN)

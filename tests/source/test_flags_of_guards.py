"""Truth values that a guard combines with ``|`` and ``&``, and blocks with a label whose values ``break`` gives."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone, Default)]
struct Peer(Option<CertificateDer<'static>>);
async fn data() {}
async fn mtls(request: Request, next: Next) -> Result<Response, StatusCode> {
    GUARD
    if deny { return Err(StatusCode::UNAUTHORIZED); }
    Ok(next.run(request).await)
}
"""
PEER = "request.extensions().get::<Peer>()"
ABSENT = f"{PEER}.is_none_or(|p| p.0.is_none())"
BLOCK = (
    f"let deny = 'check: {{ let Some(p) = {PEER} else {{ break 'check true }};"
    " if p.0.is_some() { break 'check false } LAST };"
)
FORMS = {
    "or, assigned": (
        f"let mut deny = false; deny |= {PEER}.is_none();",
        f"let mut deny = false; deny |= {ABSENT};",
    ),
    "and, assigned": (f"let mut deny = false; deny &= {ABSENT};", f"let mut deny = true; deny &= {ABSENT};"),
    "or": (f"let deny = false | {PEER}.is_none();", f"let deny = dev() | {ABSENT};"),
    "and": (f"let deny = dev() & {ABSENT};", f"let deny = true & {ABSENT};"),
    "a block with a label": (BLOCK.replace("LAST", "false"), BLOCK.replace("LAST", "true")),
}


@pytest.mark.parametrize(("faulty", "correct"), FORMS.values(), ids=FORMS)
def test_a_guard_refuses_by_a_flag(tmp_path: Path, faulty: str, correct: str) -> None:
    """The flag is known without a certificate."""
    found = [_guard(tmp_path / name, code) for name, code in (("faulty", faulty), ("correct", correct))]
    assert found[0] in {Guarding.NONE, Guarding.UNKNOWN}
    assert found[1] is Guarding.CERTIFICATE


def _guard(folder: Path, guard: str) -> Guarding:
    folder.mkdir()
    app = 'Router::new().route("/data", get(data)).layer(from_fn(mtls))'
    (route,) = reading(folder, served(app, CODE.replace("GUARD", guard))).view.routes
    return route.guard


def test_a_guard_that_is_seen_to_pass_is_not_to_be_listed(tmp_path: Path) -> None:
    """One that is not read is."""
    passing = f"let deny = {PEER}.is_none_or(|p| p.0.is_none()) && request.method() != Method::HEAD;"
    app = 'Router::new().route("/data", get(data)).layer(from_fn({}))'
    listed = []
    for name in ("mtls", "other::guard"):
        code = CODE.replace("GUARD", passing)
        (route,) = reading(tmp_path, served(app.format(name), code)).view.routes
        assert route.guard is Guarding.UNKNOWN
        listed.append(route.guard_listed_as)
    assert listed[0] == ""

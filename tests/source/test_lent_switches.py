"""What decides whether a guard is put on is not taken for what it was before something else got it by ``&mut``."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

GUARD = """
struct Policy { required: bool }
enum Mode { On, Off }
async fn order() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    req.extensions().get::<CertificateDer<'static>>().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
"""
WEAKEN = "fn weaken(p: &mut Policy) { p.required = false; }"
CHANGES = {
    "function": ("weaken(&mut policy);", "policy.required", WEAKEN),
    "reference": ("let p = &mut policy; p.required = false;", "policy.required", ""),
    "method": (
        "Loader.fill(&mut policy);",
        "policy.required",
        "struct Loader; impl Loader { fn fill(&self, p: &mut Policy) { p.required = false; } }",
    ),
    "what holds it": (
        "Holder { p: &mut policy }.off();",
        "policy.required",
        "struct Holder<'a> { p: &'a mut Policy } impl<'a> Holder<'a> { fn off(self) { self.p.required = false; } }",
    ),
    "truth value": (
        "let mut on = true; turn_off(&mut on);",
        "on",
        "fn turn_off(p: &mut bool) { *p = false; }",
    ),
    "field": (
        "turn_off(&mut policy.required);",
        "policy.required",
        "fn turn_off(p: &mut bool) { *p = false; }",
    ),
    "variant": (
        "let mut mode = Mode::On; turn_off(&mut mode);",
        "matches!(mode, Mode::On)",
        "fn turn_off(m: &mut Mode) { *m = Mode::Off; }",
    ),
    "closure": ("let mut on = true; [1].iter().for_each(|_| on = false);", "on", ""),
    "elements": (
        "let mut all = vec![policy]; for p in all.iter_mut() { p.required = false; }",
        "all[0].required",
        "",
    ),
    "library": ("std::mem::take(&mut policy);", "policy.required", ""),
    "pattern": ("let Policy { required: ref mut r } = policy; *r = false;", "policy.required", ""),
    "arm": ("match &mut policy { p => p.required = false }", "policy.required", ""),
}
KEPT = {
    "nothing lent": ("", "policy.required", ""),
    "function that sets it": (
        "strengthen(&mut policy);",
        "policy.required",
        "fn strengthen(p: &mut Policy) { p.required = true; }",
    ),
    "function that changes another": (
        "let mut other = Policy { required: true }; weaken(&mut other);",
        "policy.required",
        WEAKEN,
    ),
    "shared reference": ("let p = &policy;", "p.required", ""),
    "variant": ("let mode = Mode::On;", "matches!(mode, Mode::On)", ""),
    "variant, with a condition": ("let mode = Mode::On;", "matches!(mode, Mode::On if policy.required)", ""),
}


def is_guarded(folder: Path, change: str, condition: str, more: str) -> bool:
    """Whether the route has the guard, whatever the run."""
    app = (
        "{ let mut policy = Policy { required: true }; "
        f'{change} let mut app = Router::new().route("/orders", get(order)); '
        f"if {condition} {{ app = app.layer(from_fn(guard)); }} app }}"
    )
    routes = reading(folder, served(app, GUARD + more)).view.routes
    return all(one.guard is Guarding.CERTIFICATE and not one.guard_conditional for one in routes)


@pytest.mark.parametrize(("change", "condition", "more"), CHANGES.values(), ids=CHANGES)
def test_a_switch_that_may_have_changed_puts_on_no_guard(
    change: str, condition: str, more: str, tmp_path: Path
) -> None:
    """It is off in all of these."""
    assert not is_guarded(tmp_path, change, condition, more)


@pytest.mark.parametrize(("change", "condition", "more"), KEPT.values(), ids=KEPT)
def test_a_switch_that_stays_on_puts_on_the_guard(
    change: str, condition: str, more: str, tmp_path: Path
) -> None:
    """A function of the crates that gets it is evaluated."""
    assert is_guarded(tmp_path, change, condition, more)


@pytest.mark.parametrize(
    "body",
    [
        'let mut made = get(order).layer(from_fn(guard)); CALL Router::new().route("/orders", made)',
        (
            "let mut made = ServiceBuilder::new().layer(from_fn(guard)); CALL "
            'Router::new().route("/orders", get(order)).layer(made)'
        ),
    ],
    ids=["methods", "layers"],
)
def test_guards_that_a_library_gets_are_not_taken_to_stay(body: str, tmp_path: Path) -> None:
    """It may take them away."""
    kept, lent = (
        reading(tmp_path / name, served(f"{{ {body.replace('CALL', call)} }}", GUARD)).view
        for name, call in (("kept", ""), ("lent", "library::strip(&mut made);"))
    )
    assert [(one.guard, one.guard_conditional) for one in kept.routes] == [(Guarding.CERTIFICATE, False)]
    assert lent.unresolved or all(one.guard_conditional for one in lent.routes)

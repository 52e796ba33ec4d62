"""Numbers, conditions and statuses that a guard makes of the certificate before it decides."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE, UNKNOWN, NONE = Guarding.CERTIFICATE, Guarding.UNKNOWN, Guarding.NONE
APP = 'Router::new().route("/orders", get(order)).route_layer(from_fn(guard))'
CODE = """
#[derive(Clone)]
struct Chain(Vec<CertificateDer<'static>>);
impl Chain { fn anonymous(&self) -> bool { self.0.is_empty() } }
async fn order() {}
async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {
    let chain = request.extensions().get::<Chain>();
    BODY
    Ok(next.run(request).await)
}
"""
DENY = "return Err(StatusCode::UNAUTHORIZED)"
LENGTH = "let n = chain.map(|c| c.0.len()).unwrap_or_default();"
COUNT = "let n = chain.map_or(0, |c| c.0.len());"
FIRST = "c.0.first().map(drop).ok_or(StatusCode::UNAUTHORIZED)"
NONE_THERE = "let none = chain.is_none_or(|c| c.0.is_empty());"
RUN = f"return match run {{ Some(f) => Ok(f.await), None => {DENY} }};"
OR_NEW = "match chain { Some(c) => c.0.clone(), None => Vec::new() }"
BODIES = {
    "sum": (
        f"let n: usize = chain.into_iter().flat_map(|c| &c.0).map(Vec::len).sum(); if n == 0 {{ {DENY} }}",
        CERTIFICATE,
    ),
    "calculated": (f"{COUNT} let n = n * 2 + 1; if n < 3 {{ {DENY} }}", CERTIFICATE),
    "calculated, enough": (f"{COUNT} let n = n * 2 + 1; if n < 1 {{ {DENY} }}", NONE),
    "bits": (
        f"let bits = if chain.is_some_and(|c| !c.0.is_empty()) {{ 6 }} else {{ 1 }}; if bits & 2 == 0 {{ {DENY} }}",
        CERTIFICATE,
    ),
    "other bits": (
        f"let bits = if chain.is_some_and(|c| !c.0.is_empty()) {{ 6 }} else {{ 3 }}; if bits & 2 == 0 {{ {DENY} }}",
        NONE,
    ),
    "counted in a loop": (
        f"let mut n = 0; for one in all() {{ n = n + 1; }} if n < 3 {{ {DENY} }}; {COUNT}",
        UNKNOWN,
    ),
    "counted by steps": (
        f"{COUNT} let mut n = n; for one in all() {{ n += 1; }} if n == 0 {{ {DENY} }}",
        UNKNOWN,
    ),
    "a number that may change": (f"{COUNT} let mut n = n; add(&mut n); if n == 0 {{ {DENY} }}", UNKNOWN),
    "a range": (f"match chain.map_or(0, |c| c.0.len()) {{ 1..=8 => {{}}, _ => {DENY} }}", CERTIFICATE),
    "a range with zero": (f"match chain.map_or(0, |c| c.0.len()) {{ 0..8 => {{}}, _ => {DENY} }}", NONE),
    "below zero": (f"{COUNT} if n as i32 <= -1 {{ {DENY} }}", NONE),
    "count": (f"{COUNT} if n == 0 {{ {DENY} }}", CERTIFICATE),
    "count of more": (f"{COUNT} if n > 1 {{ {DENY} }}", NONE),
    "one": (f"let n = chain.map_or(1, |c| c.0.len() + 1); if n == 0 {{ {DENY} }}", NONE),
    "then some": (
        f"{LENGTH} (n > 0).then_some(()).ok_or(StatusCode::UNAUTHORIZED)?;",
        CERTIFICATE,
    ),
    "then some, any": (
        f"{LENGTH} (n >= 0).then_some(()).ok_or(StatusCode::UNAUTHORIZED)?;",
        NONE,
    ),
    "the first of an option": (
        f"let mut all = chain.into_iter().filter_map(|c| c.0.first()); let Some(_) = all.next() else {{ {DENY} }};",
        CERTIFICATE,
    ),
    "the first of an option or of another": (
        f"let mut a = chain.into_iter().flat_map(|c| c.0.first().or(x())); let Some(_) = a.next() else {{ {DENY} }};",
        UNKNOWN,
    ),
    "count in an option": (
        f"let n = chain.map(|c| c.0.len()); if n == Some(0) || n == None {{ {DENY} }}",
        CERTIFICATE,
    ),
    "count in an option, another": (
        f"let n = chain.map(|c| c.0.len()); if n == Some(1) || n == None {{ {DENY} }}",
        UNKNOWN,
    ),
    "count in an option, none alone": (
        f"let n = chain.map(|c| c.0.len()); if n == None {{ {DENY} }}",
        UNKNOWN,
    ),
    "each of two conditions": (
        f"let n = chain.map(|c| c.0.len()); if n != Some(0) && n != None {{}} else {{ {DENY} }}",
        CERTIFICATE,
    ),
    "the rest, if there is one": (
        f"{NONE_THERE} let run = (!none).then(|| next.run(request)); {RUN}",
        CERTIFICATE,
    ),
    "the rest, if there is none": (
        f"{NONE_THERE} let run = none.then(|| next.run(request)); {RUN}",
        NONE,
    ),
    "an empty list in its place": (
        f"let c = chain.map_or(&[][..], |c| &c.0); if c.is_empty() {{ {DENY} }}",
        CERTIFICATE,
    ),
    "a list in its place": (
        f"let c = chain.map_or(&[other()][..], |c| &c.0); if c.is_empty() {{ {DENY} }}",
        UNKNOWN,
    ),
    "a new list in its place": (
        f"let c = {OR_NEW}; if c.is_empty() {{ {DENY} }}",
        CERTIFICATE,
    ),
    "a new list that is filled": (
        f"let mut c = {OR_NEW}; c.push(other()); if c.is_empty() {{ {DENY} }}",
        UNKNOWN,
    ),
    "a new list that a function fills": (
        f"let mut c = Vec::new(); fill(&mut c, chain); if c.is_empty() {{ {DENY} }}",
        UNKNOWN,
    ),
    "match of a count": (
        f"match chain.map_or(0, |c| c.0.len()) {{ 0usize => {DENY}, 1.. => {{}} }}",
        CERTIFICATE,
    ),
    "match of another count": (
        f"match chain.map_or(0, |c| c.0.len()) {{ 0 => {{}}, 1.. => {DENY} }}",
        NONE,
    ),
    "match of a condition": (
        f"match chain.is_none_or(Chain::anonymous) {{ true => {DENY}, false => {{}} }}",
        CERTIFICATE,
    ),
    "match of the opposite": (
        f"match chain.is_none_or(Chain::anonymous) {{ false => {DENY}, true => {{}} }}",
        NONE,
    ),
    "status": (
        (
            "let mut problem = None;\n"
            "if chain.is_none_or(|c| c.0.is_empty()) { problem = Some(StatusCode::UNAUTHORIZED); }\n"
            "if let Some(status) = problem { return Err(status); }"
        ),
        CERTIFICATE,
    ),
    "status, perhaps": (
        (
            "let mut problem = None; if chain.is_none_or(|c| c.0.is_empty()) && strict() {\n"
            "    problem = Some(StatusCode::UNAUTHORIZED); }\n"
            "if let Some(status) = problem { return Err(status); }"
        ),
        UNKNOWN,
    ),
    "status, taken back": (
        (
            "let mut problem = None;\n"
            "if chain.is_none_or(|c| c.0.is_empty()) { problem = Some(StatusCode::UNAUTHORIZED); }\n"
            "if lenient() { problem = None; } if let Some(status) = problem { return Err(status); }"
        ),
        UNKNOWN,
    ),
    "closure": (
        f"let found = (|| {{ let c = chain.ok_or(StatusCode::UNAUTHORIZED)?; {FIRST} }})(); found?;",
        CERTIFICATE,
    ),
    "closure, not used": (
        f"let found = (|| {{ let c = chain.ok_or(StatusCode::UNAUTHORIZED)?; {FIRST} }})();",
        NONE,
    ),
}


@pytest.mark.parametrize(("body", "guard"), BODIES.values(), ids=BODIES)
def test_what_is_made_of_the_certificate_decides(tmp_path: Path, body: str, guard: Guarding) -> None:
    """With the twins that let anonymous clients pass, for sure or perhaps."""
    (route,) = reading(tmp_path, served(APP, CODE.replace("BODY", body))).view.routes
    assert route.guard is guard


@pytest.mark.parametrize(("status", "guard"), [("UNAUTHORIZED", CERTIFICATE), ("OK", UNKNOWN)])
@pytest.mark.parametrize("result", ["Result<Response, Problem>", "Answer<Response>"])
@pytest.mark.parametrize("layer", [True, False], ids=["layer", "handler"])
def test_an_error_that_answers_with_success_is_no_refusal(
    tmp_path: Path,
    status: str,
    guard: Guarding,
    result: str,
    layer: bool,  # noqa: FBT001
) -> None:
    """The client takes it for the data."""
    check = "let _leaf = request.extensions().get::<Chain>().and_then(|c| c.0.first()).ok_or(Problem::Anonymous)?;"
    code = (
        f"{CODE.partition('async fn')[0]}type Answer<T> = std::result::Result<T, Problem>;\n"
        "enum Problem { Anonymous }\n"
        "impl IntoResponse for Problem { fn into_response(self) -> Response {\n"
        f"    match self {{ Problem::Anonymous => StatusCode::{status}.into_response() }} }} }}\n"
    )
    if layer:
        code += f"async fn guard(request: Request, next: Next) -> {result} {{ {check} Ok(next.run(request).await) }}\n"
        code += "async fn order() {}\n"
    else:
        code += f"async fn order(request: Request) -> {result} {{ {check} Err(Problem::Anonymous) }}\n"
    (route,) = reading(tmp_path, served(APP if layer else APP.partition(".route_layer")[0], code)).view.routes
    assert route.guard is guard


LEVELS = """
#[derive(Clone)]
struct Chain(Vec<CertificateDer<'static>>);
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level { VARIANTS }
fn level(chain: Option<&Chain>) -> Level {
    match chain.map_or(0, |c| c.0.len()) { 0 => Level::None, 1 => Level::Device, _ => Level::Admin }
}
async fn order() {}
async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {
    let level = level(request.extensions().get::<Chain>());
    if CONDITION { return Err(StatusCode::FORBIDDEN); }
    Ok(next.run(request).await)
}
MORE
"""
USUAL = "None, Device, Admin"
OWN_ORDER = (
    "impl PartialOrd for Level { fn partial_cmp(&self, other: &Self) -> Option<Ordering> { strange() } }"
)
ORDERED = {
    "less": (USUAL, "level < Level::Device", "", CERTIFICATE),
    "less than the least": (USUAL, "level < Level::None", "", NONE),
    "not at least": (USUAL, "!(level >= Level::Device)", "", CERTIFICATE),
    "equal": (USUAL, "level == Level::None", "", CERTIFICATE),
    "declared otherwise": ("Device, Admin, None", "level < Level::Admin", "", NONE),
    "by numbers": ("Device = 5, None = 1, Admin = 9", "level < Level::Device", "", CERTIFICATE),
    "as numbers": ("None, Device, Admin", "level as u8 == 0", "", CERTIFICATE),
    "as other numbers": ("None = 3, Device, Admin", "(level as u8) < 3", "", NONE),
    "an order of its own": (USUAL, "level < Level::Device", OWN_ORDER, UNKNOWN),
}


@pytest.mark.parametrize(("variants", "condition", "more", "kind"), ORDERED.values(), ids=ORDERED)
def test_variants_of_an_enum_have_the_order_of_their_declaration(
    tmp_path: Path, variants: str, condition: str, more: str, kind: Guarding
) -> None:
    """Or that of their numbers; a variant may be called as one of the standard library is."""
    code = LEVELS.replace("VARIANTS", variants).replace("CONDITION", condition).replace("MORE", more)
    (route,) = reading(tmp_path, served(APP, code)).view.routes
    assert route.guard is kind


BITS = """
#[derive(Clone, Copy, Default)]
struct Permissions(u8);
impl Permissions {
    const READ: Permissions = Permissions(1);
    fn contains(self, other: Permissions) -> bool { self.0 & other.0 == other.0 }
}
"""


@pytest.mark.parametrize(("default", "kind"), [("default()", CERTIFICATE), ("READ", NONE)])
def test_permissions_in_bits_are_evaluated(tmp_path: Path, default: str, kind: Guarding) -> None:
    """The default of a number is zero."""
    body = f"let own = match chain {{ Some(c) if !c.0.is_empty() => Permissions::READ, _ => Permissions::{default} }};"
    code = CODE.replace("BODY", f"{body} if !own.contains(Permissions::READ) {{ {DENY}; }}") + BITS
    (route,) = reading(tmp_path, served(APP, code)).view.routes
    assert route.guard is kind

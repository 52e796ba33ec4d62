"""Lists of names in constants and statics: an empty name among them is that of a client without a certificate."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE, NONE, UNKNOWN = Guarding.CERTIFICATE, Guarding.NONE, Guarding.UNKNOWN
CODE = """
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
async fn order() {}
fn subject(c: &CertificateDer<'_>) -> String { parse(c).subject().to_string() }
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    let cn = req.extensions().get::<Peer>().and_then(|p| p.0.as_ref()).map(|c| subject(c)).unwrap_or_default();
    if !(CONDITION) { return Err(StatusCode::FORBIDDEN); }
    Ok(next.run(req).await)
}
"""
CONTAINS = "ALLOWED.contains(&cn.as_str())"
DECLARED = {
    "slice": "const ALLOWED: &[&str] = &[LIST];",
    "static array": "static ALLOWED: [&str; 2] = [LIST];",
    "set": "static ALLOWED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| HashSet::from([LIST]));",
    "vector": "static ALLOWED: LazyLock<Vec<&'static str>> = LazyLock::new(|| vec![LIST]);",
    "collected": "static ALLOWED: Lazy<HashSet<&'static str>> = Lazy::new(|| [LIST].into_iter().collect());",
    "phf": "static ALLOWED: phf::Set<&'static str> = phf_set! { LIST };",
}
CONDITIONS = {
    "any": ("ALLOWED.iter().any(|a| *a == cn)", '"alice", ""', '"alice", "bob"'),
    "prefix": ("ALLOWED.iter().any(|a| cn.starts_with(a))", '"CN=ops-", ""', '"CN=ops-", "CN=dev-"'),
    "wildcard": ('ALLOWED.iter().any(|a| *a == "*" || *a == cn)', '"*"', '"alice"'),
    "wildcard at the end": (
        "ALLOWED.iter().any(|a| match a.strip_suffix('*') { Some(p) => cn.starts_with(p), None => *a == cn })",
        '"*"',
        '"ops-*", "alice"',
    ),
    "denied": ("!ALLOWED.contains(&cn.as_str())", '"mallory"', '"mallory", ""'),
    "name of others": (
        'ALLOWED.contains(&(if cn.is_empty() { "anonymous" } else { cn.as_str() }))',
        '"alice", "anonymous"',
        '"alice"',
    ),
}


def guard(folder: Path, condition: str, more: str) -> Guarding:
    """The guard of a route that a condition on the name opens."""
    app = 'Router::new().route("/orders", get(order)).layer(from_fn(guard))'
    (route,) = reading(folder, served(app, CODE.replace("CONDITION", condition) + more)).view.routes
    return route.guard


@pytest.mark.parametrize("declared", DECLARED.values(), ids=DECLARED)
@pytest.mark.parametrize(("names", "found"), [('"alice", ""', NONE), ('"alice", "bob"', CERTIFICATE)])
def test_an_empty_name_of_a_list_opens_the_guard(
    names: str, found: Guarding, declared: str, tmp_path: Path
) -> None:
    """However the list is made. Without it, the guard keeps clients without a certificate out."""
    assert guard(tmp_path, CONTAINS, declared.replace("LIST", names)) is found


@pytest.mark.parametrize(("condition", "open_", "closed"), CONDITIONS.values(), ids=CONDITIONS)
def test_what_is_done_with_the_list_decides(condition: str, open_: str, closed: str, tmp_path: Path) -> None:
    """An entry may stand for every name."""
    declared = DECLARED["slice"]
    assert guard(tmp_path / "open", condition, declared.replace("LIST", open_)) is NONE
    assert guard(tmp_path / "closed", condition, declared.replace("LIST", closed)) is CERTIFICATE


TEXTS = {
    "split": ("ALLOWED.split(',').any(|a| a == cn)", 'const ALLOWED: &str = "alice,bob,";', NONE),
    "split, without": (
        "ALLOWED.split(',').any(|a| a == cn)",
        'const ALLOWED: &str = "alice,bob";',
        CERTIFICATE,
    ),
    "of a pattern": ('matches!(cn.as_str(), "" | "alice")', "", NONE),
    "of a pattern, without": ('matches!(cn.as_str(), "alice" | "bob")', "", CERTIFICATE),
    "of the environment": (
        "ALLOWED.split(',').any(|a| a == cn)",
        'static ALLOWED: LazyLock<String> = LazyLock::new(|| std::env::var("ALLOWED").unwrap_or_default());',
        UNKNOWN,
    ),
    "of the configuration": (CONTAINS, "static ALLOWED: OnceLock<Vec<String>> = OnceLock::new();", UNKNOWN),
    "first of an iterator that was used": (
        "{ let mut parts = ALLOWED.split(','); parts.next(); parts.next() == Some(cn.as_str()) }",
        'const ALLOWED: &str = "alice,";',
        UNKNOWN,
    ),
    "part of a joined text": (
        "ALLOWED.iter().collect::<String>().contains(cn.as_str())",
        'const ALLOWED: &[&str] = &["alice", "bob"];',
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("condition", "more", "found"), TEXTS.values(), ids=TEXTS)
def test_lists_in_texts_are_evaluated(condition: str, more: str, found: Guarding, tmp_path: Path) -> None:
    """What is not known when the service is built stays undecided."""
    assert guard(tmp_path, condition, more) is found

"""Identities that every request has: a guard that asks whether there is one rejects no client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.crates import reading, served

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
#[derive(Clone, Default)]
struct Identity {{ name: String, roles: Vec<String> }}
impl Identity {{
    fn of(leaf: &CertificateDer<'_>) -> Self {{ Self {{ name: name_of(leaf), roles: roles_of(leaf) }} }}
    fn new(name: &str) -> Self {{ Self {{ name: name.to_owned(), roles: vec![] }} }}
    fn anonymous() -> Self {{ Self {{ name: "anonymous".into(), roles: vec!["reader".into()] }} }}
}}
async fn data() {{}}
async fn identify(mut req: Request, next: Next) -> Response {{
    let leaf = req.extensions().get::<ClientCertificate>().map(|found| found.0.clone());
    {inserted}
    next.run(req).await
}}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {{
    let found = req.extensions().get::<{kind}>().ok_or(StatusCode::UNAUTHORIZED)?;
    {check}
    Ok(next.run(req).await)
}}
"""
APP = 'Router::new().route("/orders", get(data)).layer(from_fn(guard)).layer(from_fn(identify))'
INSERT = "req.extensions_mut().insert("
OF_ALL = (
    "match leaf { Some(c) => Identity::of(&c), None => Identity::anonymous() }",
    'leaf.map_or_else(|| Identity::new("guest"), |c| Identity::of(&c))',
    "leaf.map(|c| Identity::of(&c)).unwrap_or_default()",
    "Identity::anonymous()",
)


def certain(folder: Path, inserted: str, *, kind: str = "Identity", check: str = "") -> bool:
    """Return whether the route is surely guarded."""
    code = CODE.format(inserted=inserted, kind=kind, check=check)
    (route,) = reading(folder, served(APP, code)).view.routes
    return route.guard.certain


def test_an_identity_that_only_a_certificate_has_is_a_guard(tmp_path: Path) -> None:
    """Without one there is none."""
    assert certain(tmp_path, f"if let Some(c) = leaf {{ {INSERT}Identity::of(&c)); }}")


@pytest.mark.parametrize("value", OF_ALL)
def test_an_identity_of_everybody_is_no_guard(tmp_path: Path, value: str) -> None:
    """It does not matter what makes it: a function of its type, a default, a literal."""
    assert not certain(tmp_path, f"{INSERT}{value});")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ('if found.name == "anonymous" { return Err(StatusCode::FORBIDDEN); }', True),
        ('if !found.roles.contains(&"admin".to_string()) { return Err(StatusCode::FORBIDDEN); }', True),
        ('if !found.roles.contains(&"reader".to_string()) { return Err(StatusCode::FORBIDDEN); }', False),
    ],
)
def test_a_check_that_the_anonymous_identity_passes_is_no_guard(
    tmp_path: Path,
    check: str,
    expected: bool,  # noqa: FBT001
) -> None:
    """Its name and its roles are known."""
    assert certain(tmp_path, f"{INSERT}{OF_ALL[0]});", check=check) is expected


@pytest.mark.parametrize(
    ("kind", "inserted"),
    [
        ("String", 'leaf.map(|c| name_of(&c)).unwrap_or_else(|| "anonymous".into())'),
        ("Vec<CertificateDer<'static>>", "leaf.into_iter().collect::<Vec<_>>()"),
        ("Option<CertificateDer<'static>>", "leaf"),
    ],
)
def test_a_text_a_list_and_an_option_of_everybody_are_no_guard(
    tmp_path: Path, kind: str, inserted: str
) -> None:
    """They are there, without anything in them."""
    assert not certain(tmp_path, f"{INSERT}{inserted});", kind=kind)
    asked = "let found = found.as_ref().ok_or(StatusCode::FORBIDDEN)?;"
    assert "Option" not in kind or certain(tmp_path, f"{INSERT}{inserted});", kind=kind, check=asked)

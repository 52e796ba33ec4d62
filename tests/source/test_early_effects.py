"""A handler that checks the certificate itself has done nothing for the client before, and gives it no data."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
#[derive(Clone, Default)]
struct Db(Arc<Mutex<Vec<String>>>);
fn authenticated(peer: &Peer) -> Result<(), StatusCode> {
    match &peer.0 { Some(_) => Ok(()), None => Err(StatusCode::UNAUTHORIZED) }
}
fn save(db: &Db, note: String) { db.0.lock().unwrap().push(note); }
fn checked(peer: &Peer, db: &Db, note: String) -> Result<(), StatusCode> {
    authenticated(peer)?;
    db.0.lock().unwrap().push(note);
    Ok(())
}
"""
PARAMETERS = "Extension(peer): Extension<Peer>, State(db): State<Db>"
CHECK = "authenticated(&peer)?;"
SAVE = "db.0.lock().unwrap().push(body);"
BODIES = {
    "after the check": (f"{CHECK} {SAVE} Ok(ok())", True),
    "before the check": (f"{SAVE} {CHECK} Ok(ok())", False),
    "by a function, after the check": (f"{CHECK} save(&db, body); Ok(ok())", True),
    "by a function, before the check": (f"save(&db, body); {CHECK} Ok(ok())", False),
    "by a function that checks": ("checked(&peer, &db, body)?; Ok(ok())", True),
    "in a task": (
        f"let other = db.clone(); tokio::spawn(async move {{ store(other, body) }}); {CHECK} Ok(ok())",
        False,
    ),
    "in a task, after the check": (f"{CHECK} tokio::spawn(async move {{ store(db, body) }}); Ok(ok())", True),
    "awaited": (f"let id = db.insert(&body).await.unwrap(); {CHECK} Ok(id)", False),
    "awaited, after the check": (f"{CHECK} let id = db.insert(&body).await.unwrap(); Ok(id)", True),
    "in a file": (f'std::fs::write("/var/spool/a", "x").ok(); {CHECK} Ok(ok())', False),
    "in a file, after the check": (f'{CHECK} std::fs::write("/var/spool/a", "x").ok(); Ok(ok())', True),
    "under a condition": (f"if peer.0.is_some() {{ {SAVE} }} {CHECK} Ok(ok())", True),
    "of what is made of the input": (f"let note = body.trim(); db.put(note); {CHECK} Ok(ok())", False),
    "a line of the log": (f'info!("{{body}}"); {CHECK} {SAVE} Ok(ok())', True),
    "a span": (f'Span::current().record("note", &body); {CHECK} {SAVE} Ok(ok())', True),
    "a count": (f"metrics().inc(); {CHECK} {SAVE} Ok(ok())", True),
    "its own validation": (f"body.validate()?; {CHECK} {SAVE} Ok(ok())", True),
    "what is made of it": (
        f"let note = Note::parse(&body); {CHECK} db.0.lock().unwrap().push(note); Ok(ok())",
        True,
    ),
    "the length of a list": (f"let n = db.0.lock().unwrap().len(); {CHECK} Ok(n.to_string())", True),
}


@pytest.mark.parametrize(("body", "guards"), BODIES.values(), ids=BODIES)
def test_a_handler_passes_nothing_on_before_its_check(tmp_path: Path, body: str, guards: bool) -> None:  # noqa: FBT001
    """What was done for a client that is then refused makes the operation undecided."""
    handler = f"async fn add({PARAMETERS}, body: String) -> Result<String, StatusCode> {{ {body} }}\n"
    app = 'Router::new().route("/notes", post(add)).with_state(Db::default())'
    (route,) = reading(tmp_path, served(app, CODE + handler)).view.routes
    assert route.guard is (Guarding.CERTIFICATE if guards else Guarding.UNKNOWN)


def test_the_place_of_the_early_call_is_named(tmp_path: Path) -> None:
    """With its file and line."""
    body = f"{{\n{SAVE}\n{CHECK} Ok(ok()) }}\n"
    handler = f"async fn add({PARAMETERS}, body: String) -> Result<String, StatusCode> {body}"
    app = 'Router::new().route("/notes", post(add)).with_state(Db::default())'
    (route,) = reading(tmp_path, served(app, CODE + handler)).view.routes
    line = served(app, CODE + handler).splitlines().index(SAVE) + 1
    assert f"db.0.lock().unwrap().push(body) ({tmp_path}/src/main.rs:{line})" in route.guard_name


REFUSALS = {
    "a text": ('(s, String::from("certificate required"))', True),
    "a list": ('(s, Json(vec!["certificate required".to_owned()]))', True),
    "an identifier": ("(s, request_id())", True),
    "the notes": ('(s, db.0.lock().unwrap().join("\\n"))', False),
}


@pytest.mark.parametrize(("refusal", "guards"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_has_no_data_of_other_clients(tmp_path: Path, refusal: str, guards: bool) -> None:  # noqa: FBT001
    """What is behind a lock is theirs."""
    handler = (
        f"async fn list({PARAMETERS}) -> Result<String, (StatusCode, String)> {{\n"
        f"    authenticated(&peer).map_err(|s| {refusal})?; Ok(text()) }}\n"
    )
    app = 'Router::new().route("/notes", get(list)).with_state(Db::default())'
    (route,) = reading(tmp_path, served(app, CODE + handler)).view.routes
    assert route.guard.certain is guards

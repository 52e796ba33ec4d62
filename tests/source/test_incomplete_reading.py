"""What was not read never passes: the headline says so, the result lists the places, and the exit status is 3."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.cli.main import cli
from specdrift.errors import ExitStatus
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.result import Result
from specdrift.model.result.source import (
    Guarding,
    RouteKind,
    SourceRoute,
    SourceView,
    UnresolvedExpression,
    UnresolvedKind,
)
from specdrift.reports.content.headline import Standing, headline
from specdrift.scan.conclusion.source_findings import with_source
from specdrift.settings import GateSettings
from specdrift.source import ReadSources, SourceAnalysis
from tests.reports import factory
from tests.source.crates import crate, served

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {cert: {type: mutualTLS}}}
security: [{cert: []}]
paths:
  /orders:
    get: {responses: {"200": {description: ok}}}
"""
OPEN = DOCUMENT.replace("security: [{cert: []}]", "security: []")
GUARD = """
async fn guard(Extension(peer): Extension<Peer>, request: Request, next: Next) -> Result<Response, StatusCode> {
    peer.peer_certificates().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}
async fn order() {}
"""
GUARDED = 'Router::new().route("/orders", get(order)).route_layer(from_fn(guard))'
USES = "use axum::{Router, Extension};\nuse axum::middleware::*;\nuse axum::routing::*;\n"
NOT_FOLLOWED = {
    "of another crate": served("foreign::app()"),
    "merged, of another crate": served(f"{GUARDED}.merge(foreign::admin())"),
    "nested, of another crate": served(f'{GUARDED}.nest("/admin", foreign::admin())'),
    "nested at an unknown path": served(f"{GUARDED}.nest(&prefix(), Router::new())"),
    "wrapped by unknown code": served(f"foreign::wrapped({GUARDED})").replace("foreign::", "unknown().x."),
    "built by a macro": served(
        "app!(order)", "macro_rules! app { ($h:ident) => { foreign!(Router::new(), $h) }; }"
    ),
    "a second one": served(GUARDED, "fn more() {}").replace(
        "    axum::serve", "    axum::serve(other, foreign::app());\n    axum::serve"
    ),
    "not served anywhere": f"{USES}fn main() {{}}\npub fn app() -> Router {{ {GUARDED} }}\n",
    "nothing but a program": "fn main() { println!(); }\n",
}


def routes(folder: Path, code: str, document: str = "", *options: str) -> tuple[int, dict[str, Any]]:
    """Exit status and result of ``specdrift routes``."""
    crate(folder, {"src/main.rs": code + GUARD, "openapi.yaml": document})
    spec = [f"--spec={folder / 'openapi.yaml'}"] if document else []
    arguments = ["routes", str(folder), *spec, "--format=json", "-q", *options]
    outcome = CliRunner().invoke(cli, arguments, standalone_mode=False)
    return outcome.return_value, json.loads(outcome.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("document", [DOCUMENT, OPEN, ""], ids=["demanding", "open", "no-document"])
@pytest.mark.parametrize("code", NOT_FOLLOWED.values(), ids=NOT_FOLLOWED)
def test_a_served_router_that_was_not_followed_never_passes(tmp_path: Path, code: str, document: str) -> None:
    """With any document and without one."""
    status, result = routes(tmp_path, code, document, "--fail-on=never")
    assert status == ExitStatus.INCOMPLETE
    places = [one["location"]["line"] for one in result["source"]["unresolved"] if one["kind"] == "served"]
    assert places


@pytest.mark.parametrize("code", NOT_FOLLOWED.values(), ids=NOT_FOLLOWED)
def test_the_headline_says_not_read_and_names_the_place(tmp_path: Path, code: str) -> None:
    """In the terminal."""
    crate(tmp_path, code + GUARD)
    text = CliRunner().invoke(cli, ["routes", str(tmp_path)], standalone_mode=False).stdout
    assert text.startswith("? NOT READ  ")
    assert "src/main.rs:" in "".join(text.split("served routers")[0].split())


def test_what_was_read_whole_passes(tmp_path: Path) -> None:
    """The twin of the others."""
    status, result = routes(tmp_path, served(GUARDED), DOCUMENT)
    assert (status, result["undecided"], result["source"]["unresolved"]) == (ExitStatus.OK, [], [])


def test_code_that_no_server_uses_does_not_count(tmp_path: Path) -> None:
    """A router of examples or tests may be anything."""
    unused = "fn example() -> Router { foreign::app().merge(foreign::other()).nest(x, foreign::y()) }\n"
    status, result = routes(tmp_path, served(GUARDED, unused), DOCUMENT)
    assert status == ExitStatus.OK
    assert {one["kind"] for one in result["source"]["unresolved"]} <= {"unreached"}


def test_a_library_is_judged_by_the_routers_it_returns(tmp_path: Path) -> None:
    """It has no program that serves one."""
    crate(
        tmp_path,
        {"src/lib.rs": f"{USES}pub fn app() -> Router {{ {GUARDED} }}\n{GUARD}", "openapi.yaml": DOCUMENT},
    )
    arguments = ["routes", str(tmp_path), f"--spec={tmp_path / 'openapi.yaml'}", "-q"]
    assert CliRunner().invoke(cli, arguments, standalone_mode=False).return_value == ExitStatus.OK


UNDECIDED = {
    "its path is unknown": served('Router::new().route("/health", get(order)).route(&path(), get(order))'),
    "its guard is of another crate": served(
        'Router::new().route("/orders", get(order)).layer(foreign::Guard::new())'
    ),
    "more layers are around it than are read": served(
        f'Router::new().route("/orders", get(order)){".layer(TraceLayer::new_for_http())" * 120}.layer(from_fn(guard))',
        GUARD,
    ),
    "its router is not known to be served": served(
        'Router::new().route("/health", get(order))', f"pub fn lost() -> Router {{ {GUARDED} }}\n"
    ),
    "it is open in a router that is not known to be served": served(
        'Router::new().route("/health", get(order))',
        'pub fn lost() -> Router { Router::new().route("/orders", get(order)) }\n',
    ),
    "it is nowhere in a source that was read whole": served('Router::new().route("/health", get(order))'),
    "a module is missing": "mod missing;\n" + served('Router::new().route("/health", get(order))'),
}


@pytest.mark.parametrize("code", UNDECIDED.values(), ids=UNDECIDED)
def test_an_operation_that_requires_a_certificate_and_was_not_judged_never_passes(
    tmp_path: Path, code: str
) -> None:
    """It is listed with the reason, and not as a drift of its guard."""
    status, result = routes(tmp_path, code, DOCUMENT)
    assert status == ExitStatus.INCOMPLETE
    (undecided,) = result["undecided"]
    assert undecided["operation"]["path"] == "/orders"
    assert undecided["kind"] in {"source-not-read", "unknown-guard"}
    assert "route-not-guarded" not in {drift["rule"] for drift in result["drifts"]}


@pytest.mark.parametrize("code", UNDECIDED.values(), ids=UNDECIDED)
def test_the_headline_of_an_undecided_operation_says_not_read(tmp_path: Path, code: str) -> None:
    """With the number of operations."""
    crate(tmp_path, {"src/main.rs": code + GUARD, "openapi.yaml": DOCUMENT})
    arguments = ["routes", str(tmp_path), f"--spec={tmp_path / 'openapi.yaml'}"]
    text = CliRunner().invoke(cli, arguments, standalone_mode=False).stdout
    assert text.startswith("? NOT READ  ")
    assert "1 operation that requires a certificate could not be judged" in " ".join(text.split())


def test_an_operation_without_a_certificate_is_not_undecided(tmp_path: Path) -> None:
    """Nothing is required of it."""
    status, result = routes(tmp_path, UNDECIDED["its path is unknown"], OPEN)
    assert (status, result["undecided"]) == (ExitStatus.OK, [])


def test_a_pass_that_the_settings_allow_says_so(tmp_path: Path) -> None:
    """``--allow-incomplete`` gives 0 and the word Passed, never Consistent."""
    crate(tmp_path, served("foreign::app()") + GUARD)
    outcome = CliRunner().invoke(cli, ["routes", str(tmp_path), "--allow-incomplete"], standalone_mode=False)
    assert outcome.return_value == ExitStatus.OK
    assert outcome.stdout.startswith("! PASSED")
    assert "A served router was not followed" in " ".join(outcome.stdout.split())


PLACE = SourceLocation(
    file="src/main.rs", line=3, column=1, end_line=3, end_column=9, pointer="", text="serve(app)"
)
ROUTE = SourceRoute(
    methods=("GET",),
    path="/orders",
    written="/orders",
    kind=RouteKind.ROUTE,
    handler="order",
    location=PLACE,
    guard=Guarding.CERTIFICATE,
)
EXPRESSIONS = st.builds(
    UnresolvedExpression,
    location=st.just(PLACE),
    what=st.text(max_size=20),
    kind=st.sampled_from(UnresolvedKind),
)
VIEWS = st.builds(
    SourceView,
    crate=st.just("shop"),
    framework=st.just("axum"),
    routes=st.sampled_from([(), (ROUTE,), (replace(ROUTE, kind=RouteKind.NOT_FOUND),)]),
    unresolved=st.lists(EXPRESSIONS, max_size=3).map(tuple),
)


@given(view=VIEWS, base=st.sampled_from([factory.story, factory.consistent, factory.document_only]))
def test_no_run_passes_with_source_that_was_not_read(view: SourceView, base: Callable[[], Result]) -> None:
    """Also where the responses of a server decide every operation (``check --source``), and in a CI job."""
    before = base()
    operations = tuple(item.operation for item in before.operations)
    contract = Contract(document=before.document, operations=operations)
    probed = not before.nothing_sent
    result = with_source(
        before, ReadSources(service=SourceAnalysis(view=view)), contract, GateSettings(), probed=probed
    )
    unread = not view.wired or any(one.kind is UnresolvedKind.SERVED for one in view.unresolved)
    if unread:
        assert result.exit_status in (ExitStatus.INCOMPLETE, ExitStatus.DRIFT)
        assert "not followed" in headline(result).sentence or "no route" in headline(result).sentence
    if unread and result.exit_status == ExitStatus.INCOMPLETE:
        assert headline(result).standing is Standing.NOT_READ


CHOSEN = "fn tls(o: Options) { let b = ServerConfig::builder(); BODY }\n"
REQUIRING = "b.with_client_cert_verifier(verifier(crls)).with_single_cert(c, k)"
ADMITTING = "b.with_no_client_auth().with_single_cert(c, k)"


@pytest.mark.parametrize(
    ("body", "status", "undecided"),
    [
        (f"if o.strict {{ {REQUIRING} }} else {{ {ADMITTING} }}", ExitStatus.INCOMPLETE, 1),
        (f"match o.mode {{ Mode::Mtls => {REQUIRING}, Mode::Tls => {ADMITTING} }}", ExitStatus.INCOMPLETE, 1),
        (f"if o.strict {{ {REQUIRING}; }} {ADMITTING}", ExitStatus.DRIFT, 0),
        (f"if o.open {{ {ADMITTING} }}", ExitStatus.DRIFT, 0),
    ],
    ids=["if", "match", "always admitted", "nothing demands"],
)
def test_tls_that_demands_a_certificate_in_some_runs_is_undecided(
    tmp_path: Path, body: str, status: ExitStatus, undecided: int
) -> None:
    """Which of them runs is known only from the configuration of the service."""
    code = served('Router::new().route("/orders", get(order))', CHOSEN.replace("BODY", body))
    found, result = routes(
        tmp_path, code.replace("    axum::serve", "    tls(options());\n    axum::serve"), DOCUMENT
    )
    reasons = [one["reason"] for one in result["undecided"] if "under a condition" in one["reason"]]
    assert (found, len(reasons)) == (status, undecided)

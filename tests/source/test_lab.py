"""Each fault of the Axum lab is found from its source alone, at its line; without faults there is nothing to find."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift.model.result.drift import Severity
from specdrift.model.result.result import Result
from specdrift.model.result.source import RouteKind
from specdrift.offline.routes import routes
from specdrift.settings import Settings, SourceSettings
from tests.lab.axum_lab import LAB

pytestmark = pytest.mark.slow

ADMIN = ("GET /v1/admin/users", "GET /v1/admin/users/{id}", "DELETE /v1/admin/users/{id}")
USERS = {
    ADMIN[0]: '.route("/v1/admin/users", get(list))',
    ADMIN[1]: "get(read).delete(remove)",
    ADMIN[2]: "get(read).delete(remove)",
}
"""Where each of the administrators' operations is wired."""

Found = tuple[str, str, str, str]
"""Rule, operation, file below src, and what stands in the line."""


def _users(rule: str) -> list[Found]:
    return [(rule, operation, "api/users.rs", line) for operation, line in USERS.items()]


FAULTS: Mapping[str, Sequence[Found]] = {
    "AdminOutsideLayer": [*_users("route-not-guarded"), *_users("role-not-guarded")],
    "NestedFallback": [
        ("route-not-guarded", "GET /v1/reports/totals", "api/reports.rs", '.route("/totals", get(totals))'),
        ("route-not-documented", "ANY /v1/reports", "faults/wiring.rs", "nested.fallback(index)"),
    ],
    "TrustForwarded": [
        ("identity-from-header", "", "faults/headers.rs", "request.extensions_mut().insert(Peer::from")
    ],
    "AcceptAnyCertificate": [
        (
            "client-certificate-not-verified",
            "",
            "faults/verifiers.rs",
            "Leniency::AnyCertificate => Ok(ClientCertVerified::assertion())",
        )
    ],
    "IgnoreExpiry": [
        (
            "client-certificate-not-verified",
            "",
            "faults/verifiers.rs",
            "verify_client_cert(leaf, chain, now.min(end_of_validity(leaf, now)))",
        )
    ],
    "RoleNotChecked": _users("role-not-guarded"),
    "Undocumented": [
        ("route-not-documented", "GET /metrics", "faults/undocumented.rs", 'route("/metrics", get(metrics))'),
        ("route-not-documented", "GET /debug/config", "faults/undocumented.rs", 'route("/debug/config"'),
    ],
    "OnlyGetGuarded": [
        ("route-not-guarded", "POST /v1/invoices", "faults/methods.rs", ".post("),
        ("route-not-documented", "HEAD /v1/invoices", "faults/methods.rs", ".head(count)"),
    ],
    "IdentityNotRevalidated": [
        ("identity-from-header", "", "faults/headers.rs", "request.extensions_mut().insert("),
        ("identity-not-revalidated", "", "faults/headers.rs", "get::<Identity>().is_some()"),
    ],
    "PublicGuarded": [
        (
            "open-route-guarded",
            "GET /health",
            "faults/wiring.rs",
            "inside.route_layer(from_fn(guard::require_certificate))",
        )
    ],
    "ValidRefused": [
        (
            "role-not-documented",
            "GET /v1/reports/totals",
            "faults/wiring.rs",
            'from_fn_with_state("accounting", guard::require_role)',
        )
    ],
    "InternalHost": [
        ("identity-from-header", "", "faults/hosts.rs", "if peer.is_anonymous() && is_local(&request)")
    ],
    "ConnectionRemembered": [
        ("identity-not-revalidated", "", "faults/connection.rs", "known.0.get().filter(")
    ],
    "HeaderExtractor": [
        ("identity-from-header", "", "faults/extractor.rs", "or_else(|| told(&parts.headers))")
    ],
    "JoinedPath": [("path-parameter-in-file-path", "", "faults/files.rs", "FilePath::new(ARCHIVE).join(id)")],
    "GuardByPath": [("guard-by-request", "", "faults/rewriting.rs", "if listed {")],
    "OverrideAfterGuard": [
        ("guard-by-request", "", "faults/rewriting.rs", "if open || request.method() == Method::OPTIONS")
    ],
    "PlainListener": [
        *_users("route-not-guarded"),
        *_users("role-not-guarded"),
        ("route-not-guarded", "GET /v1/invoices", "api/invoices.rs", "get(list)"),
        ("route-not-guarded", "POST /v1/invoices", "api/invoices.rs", "get(list).post(create)"),
        ("route-not-guarded", "GET /v1/invoices/{id}", "api/invoices.rs", "get(read)"),
        ("route-not-guarded", "GET /v1/reports/totals", "api/reports.rs", '.route("/totals", get(totals))'),
        ("plaintext-listener-in-source", "", "faults/plain.rs", "axum::serve(listener, service)"),
    ],
    "KeyUnproven": [
        ("client-certificate-not-verified", "", "faults/verifiers.rs", "HandshakeSignatureValid::assertion()")
    ],
    "ValidationFirst": [
        ("guard-after-input", "GET /v1/invoices", "faults/order.rs", "async fn list("),
        ("guard-after-input", "POST /v1/invoices", "faults/order.rs", "async fn create("),
    ],
}
CHOSEN, IN_THE_GUARD = "HostRouted", "SessionTrusted"
"""Not found. Which of two routers answers is decided by a handler, for each request: that is listed as not understood.
Whether a connection is resumed is for a guard to read: what it makes of that is not asked.
"""
NO_FAULTS = ("faults.is_none()", "!*has(*)", "!self.key_unproven")


def reading(*assume: str, document: Path = LAB / "openapi.yaml") -> Result:
    """The lab's source beside its document, where some conditions are known."""
    settings = replace(Settings(), spec=str(document), source=SourceSettings(paths=(LAB,), assume=assume))
    return routes(settings, (LAB,), cwd=Path.cwd())


def only(fault: str) -> tuple[str, ...]:
    """Of all faults, this one."""
    kept = "self.key_unproven" if fault == "KeyUnproven" else "!self.key_unproven"
    return ("!faults.is_none()", f"*has(Fault::{fault})", "!*has(*)", kept)


def found_in(result: Result) -> list[tuple[str, str, str, str, int]]:
    """Rule, operation, file below src, the line and its number."""
    found = []
    for drift in result.drifts:
        place = drift.location
        assert place is not None
        file = Path(place.file)
        lines = file.read_text(encoding="utf-8").splitlines()
        assert lines[place.line - 1] == place.text, "the finding shows the line that it names"
        below = place.file.rpartition("axum-lab/src/")[2]
        found.append((drift.rule, str(drift.operation or ""), below, place.text, place.line))
    return found


def explains(expected: Found, found: tuple[str, str, str, str, int]) -> bool:
    """Whether a finding is the one that is expected."""
    return found[:3] == expected[:3] and expected[3] in found[3]


def test_every_fault_of_the_lab_is_in_the_table() -> None:
    """A fault that is added is looked for here too, or its absence is explained."""
    listing = (LAB / "src" / "faults" / "mod.rs").read_text(encoding="utf-8")
    assert {*FAULTS, CHOSEN, IN_THE_GUARD} == {
        line.partition("Fault::")[2].rstrip(",")
        for line in listing.splitlines()
        if "fault: Fault::" in line and line.rstrip().endswith(",")
    }


def test_the_lab_without_faults_has_no_findings() -> None:
    """All routes match the document, and all code was resolved."""
    result = reading(*NO_FAULTS)
    assert result.source is not None
    assert found_in(result) == []
    assert result.source.unresolved == ()
    assert result.undecided == ()
    documented = {(item.operation.key.method, item.operation.key.path) for item in result.operations}
    wired = {
        (route.methods[0], route.path) for route in result.source.routes if route.kind is RouteKind.ROUTE
    }
    assert wired == documented
    assert not any(route.conditional for route in result.source.routes)


def test_the_router_of_the_correct_service_alone_has_only_what_its_verifier_may_do() -> None:
    """With an entry the routes are those of that function; TLS is of the whole crate, and says so of its faults."""
    settings = replace(
        Settings(), spec=str(LAB / "openapi.yaml"), source=SourceSettings(paths=(LAB,), entry="routes::app")
    )
    result = routes(settings, (LAB,), cwd=Path.cwd())
    assert {drift.rule for drift in result.drifts} == {"client-certificate-not-verified"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_at_its_line_and_nothing_else(fault: str) -> None:
    """Of a service with one fault, each finding is of it; none depends on a condition any more."""
    result = reading(*only(fault))
    found = found_in(result)
    for expected in FAULTS[fault]:
        assert any(explains(expected, one) for one in found), (expected, found)
    for one in found:
        assert any(explains(expected, one) for expected in FAULTS[fault]), one
    assert result.source is not None
    assert result.source.unresolved == ()
    assert not any("depends on a condition" in drift.message for drift in result.drifts)


def test_a_key_that_callers_may_leave_out_leaves_the_operation_open(tmp_path: Path) -> None:
    """``{}`` beside a key, no certificate anywhere: a guard that requires one refuses promised callers."""
    document = tmp_path / "openapi.yaml"
    text = (LAB / "openapi.yaml").read_text(encoding="utf-8")
    text = text.replace("security: []", "security: [{key: []}, {}]", 1)
    key = "    key: {type: apiKey, in: header, name: X-Key}\n"
    document.write_text(text.replace("securitySchemes:\n", f"securitySchemes:\n{key}", 1), encoding="utf-8")
    found = reading(*only("PublicGuarded"), document=document).drifts
    assert [(drift.rule, str(drift.operation)) for drift in found] == [("open-route-guarded", "GET /health")]


def test_all_faults_are_found_at_once_where_no_condition_is_known() -> None:
    """The plain reading takes every flag for possible: it has each finding, and says that a condition decides.

    Of a listener it does not say so: one that may be opened is taken for one that is. What depends on who the caller is
    (a role, input before a guard) is not found, since in another configuration everybody has an identity.
    """
    result = reading()
    found = found_in(result)
    missing = [
        (fault, expected)
        for fault, those in FAULTS.items()
        for expected in those
        if expected[0] not in {"role-not-documented", "guard-after-input"}
        and not any(one[0] == expected[0] and one[1] == expected[1] for one in found)
    ]
    assert missing == []
    wired = [drift for drift in result.drifts if drift.rule in {"route-not-guarded", "route-not-documented"}]
    assert wired
    assert {
        "depends on a condition" in drift.message
        for drift in wired
        if "Extension(platform)" not in drift.message
    } == {True}


def test_a_guard_that_reads_the_connection_is_taken_for_a_guard() -> None:
    """It is around every route, and what it asks of the session is not looked at: only a run shows that."""
    result = reading(*only(IN_THE_GUARD))
    assert result.source is not None
    assert (found_in(result), result.source.unresolved) == ([], ())


def test_unresolved_routers_are_listed_without_a_claim() -> None:
    """A handler selects the router: its routes are not found, each finding is a note with the reason."""
    result = reading(*only(CHOSEN))
    assert result.source is not None
    assert result.source.unresolved
    assert {(drift.rule, drift.severity) for drift in result.drifts} == {
        ("documented-route-missing", Severity.NOTE)
    }

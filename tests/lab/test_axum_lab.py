"""The Axum service: correct, it has no drift; each fault alone brings exactly its own."""

from __future__ import annotations

import json
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from msgspec import Struct

from specdrift.cli.main import cli
from specdrift.errors import ExitStatus
from tests.lab.axum_lab import LAB, axum_lab, cargo_available
from tests.servers.same_stack import BATTERY

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not cargo_available(), reason="the lab needs cargo 1.85 or newer"),
]

Found = tuple[str, str, str]
"""Rule, operation (or what answers), and the certificate that shows it."""

EVERY_READ = ("GET /v1/invoices", "GET /v1/invoices/{id}", "GET /v1/me", "GET /v1/reports/totals")
WITHOUT_IDENTITY = ("GET /v1/invoices", "GET /v1/invoices/{id}", "GET /v1/reports/totals")
READERS_WRITE = ("POST /v1/invoices",)
ADMIN = ("GET /v1/admin/users", "GET /v1/admin/users/{id}", "DELETE /v1/admin/users/{id}")


def _each(rule: str, operations: tuple[str, ...], *certificates: str) -> set[Found]:
    return {(rule, operation, certificate) for operation in operations for certificate in certificates}


UNTRUSTED = ("self-signed", "untrusted-issuer", "impostor-issuer", "leaf-as-issuer", "malformed")
FAULTS: dict[str, set[Found]] = {
    "admin-outside-layer": _each("mtls-not-enforced", ADMIN, "anonymous"),
    "nested-fallback": _each("mtls-not-enforced", ("GET /v1/reports/totals",), "anonymous"),
    "ignore-expiry": _each("invalid-certificate-accepted", EVERY_READ + READERS_WRITE, "expired"),
    "accept-any-certificate": _each(
        "invalid-certificate-accepted",
        EVERY_READ + READERS_WRITE,
        *UNTRUSTED,
        "extra-chain-certificate",
        "expired",
    )
    # One of the self-signed certificates has the administrator's names.
    | _each("invalid-certificate-accepted", ADMIN, "self-signed"),
    "key-unproven": _each("invalid-certificate-accepted", EVERY_READ + READERS_WRITE, "wrong-private-key"),
    "role-not-checked": _each("role-not-enforced", ADMIN, "alice"),
    "undocumented": _each("undocumented-endpoint", ("GET /metrics", "GET /debug/config"), "anonymous"),
    "public-guarded": _each("mtls-over-enforced", ("GET /health",), "anonymous"),
    "valid-refused": _each("valid-certificate-refused", ("GET /v1/reports/totals",), "alice", "bob"),
    "only-get-guarded": _each("mtls-not-enforced", ("POST /v1/invoices",), "anonymous")
    | _each("method-not-enforced", ("GET /v1/invoices",), "anonymous"),
    "trust-forwarded": _each(
        "forwarded-certificate-trusted", EVERY_READ + READERS_WRITE + ADMIN, "anonymous"
    ),
    "identity-not-revalidated": _each(
        "forwarded-certificate-trusted", EVERY_READ + READERS_WRITE + ADMIN, "anonymous"
    )
    | _each("forwarded-identity-override", ("GET /v1/me", *ADMIN), "alice"),
    # Names are tried on a few operations, and on all once one of them is open; /v1/admin wants a role as well.
    "internal-host": _each("host-sni-confusion", EVERY_READ + READERS_WRITE, "anonymous"),
    "connection-remembered": _each("enforcement-inconsistent", EVERY_READ + READERS_WRITE, "anonymous"),
    "header-extractor": _each("forwarded-certificate-trusted", ("GET /v1/me",), "anonymous"),
    "joined-path": _each("input-not-validated", ("GET /v1/invoices/{id}",), "alice"),
    # Behind these guards /v1/me misses the identity, and /v1/admin the role, that would have come with them.
    "guard-by-path": _each("path-variant-bypass", WITHOUT_IDENTITY + READERS_WRITE, "anonymous"),
    "override-after-guard": _each("method-not-enforced", WITHOUT_IDENTITY + READERS_WRITE, "anonymous"),
    "host-routed": _each("host-sni-confusion", WITHOUT_IDENTITY + READERS_WRITE, "anonymous"),
    # Sessions are tried with a few operations, and with all once one of them is there; /v1/admin wants a role as well.
    "session-trusted": _each("resumption-bypass", EVERY_READ + READERS_WRITE, "anonymous"),
    "plain-listener": _each("plaintext-listener", EVERY_READ + READERS_WRITE + ADMIN, "anonymous"),
    "validation-first": _each(
        "denial-after-validation", ("GET /v1/invoices", "POST /v1/invoices"), "anonymous"
    ),
}
"""The faults that rules find. A self-issued certificate has no role, so it is refused at ``ADMIN``."""


REFUSES_EVERY_CALLER = "valid-refused"
"""The fault with which one operation admits no caller: nothing decides it."""
FAILS_BEHIND_THE_GUARD = frozenset({"guard-by-path", "host-routed", "override-after-guard"})
"""What passes the guard ends in 500 on ``/v1/me``, which misses the identity: it is undecided there."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What ``specdrift check`` reported."""

    drifts: set[Found]
    undecided: list[str]
    exit_status: int


def check(pki: TestPki, *, faults: tuple[str, ...], battery: str = "") -> Outcome:
    """Starts the lab with these faults and runs the command on it; it is a test system, so everything is sent."""
    listeners: list[str] | None = [] if "plain-listener" in faults else None
    with (
        axum_lab(
            ca=pki.client_ca, cert=pki.server_cert, key=pki.server_key, faults=faults, listeners=listeners
        ) as url,
        NamedTemporaryFile("w", prefix="specdrift-", suffix=".toml") as config,
    ):
        config.write(f"server.listeners = {json.dumps(listeners or [])}\n{battery}")
        config.flush()
        arguments = [
            "check",
            f"--config={config.name}",
            str(LAB / "openapi.yaml"),
            url,
            f"--cacert={pki.server_ca}",
            "--format=json",
            "-q",
        ]
        arguments += [f"--identity=alice={pki.alice.cert},{pki.alice.key},role=reader"]
        arguments += [f"--identity=bob={pki.bob.cert},{pki.bob.key},role=admin"]
        arguments += [f"--identity=expired={pki.expired.cert},{pki.expired.key},expect=refused"]
        outcome = CliRunner().invoke(
            cli,
            [*arguments, "--unsafe-methods=send", "--allow-destructive"],
            catch_exceptions=False,
            standalone_mode=False,
        )
    result: dict[str, Any] = json.loads(outcome.stdout)
    return Outcome(
        drifts={_found(drift) for drift in result["drifts"]},
        undecided=[f"{entry['operation']}: {entry['reason']}" for entry in result["undecided"]],
        exit_status=result["exit_status"],
    )


def _found(drift: dict[str, Any]) -> Found:
    operation = drift["operation"]
    place = (
        f"{operation['method']} {operation['path']}" if operation else " ".join(drift["message"].split()[:2])
    )
    return drift["rule"], place, drift["profile"] or drift["identity"]


def test_a_correct_service_has_no_drift(pki: TestPki) -> None:
    """Nothing planted: nothing found, everything judged, exit 0."""
    outcome = check(pki, faults=())
    assert (outcome.drifts, outcome.undecided, outcome.exit_status) == (set(), [], 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_brings_exactly_its_drift(fault: str, pki: TestPki) -> None:
    """One thing wrong: that and nothing else is found. Faults behind TLS leave its verifier as it is in the correct
    service, which gets every certificate.
    """
    of_tls = any(rule == "invalid-certificate-accepted" for rule, _, _ in FAULTS[fault])
    outcome = check(pki, faults=(fault,), battery="" if of_tls else BATTERY)
    assert outcome.drifts == FAULTS[fault]
    assert len(outcome.undecided) == (fault in {REFUSES_EVERY_CALLER, *FAILS_BEHIND_THE_GUARD})
    if fault == REFUSES_EVERY_CALLER:
        assert outcome.exit_status == ExitStatus.INCOMPLETE


def test_faults_do_not_hide_each_other(pki: TestPki) -> None:
    """Several things wrong at once: each is found."""
    faults = ("admin-outside-layer", "undocumented", "public-guarded")
    outcome = check(pki, faults=faults, battery=BATTERY)
    assert outcome.drifts == set().union(*(FAULTS[fault] for fault in faults))
    assert outcome.exit_status == 1

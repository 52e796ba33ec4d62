"""Every real server with two oracles: a plain client confirms its truth, and the command reports exactly that truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks.bypass.outlived import SHORT_LIVED
from specdrift.rules import ids
from tests.servers.cases import CASES, case_named
from tests.servers.harness import CANARY, ServerCase
from tests.servers.oracle import VERSIONS, PlainClient, contradictions, documented, drifts, read_document
from tests.servers.same_stack import UNSENT, few_certificates, has_the_same_stack
from tests.servers.truth import PROFILES
from tests.servers.verdict import OF_THE_LISTENER, compare_running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki


@pytest.mark.servers
@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.variant.sweep_only], ids=lambda case: case.name
)
def test_server(case: ServerCase, pki: TestPki, tmp_path: Path) -> None:
    """Started once, with TLS 1.2 and 1.3, and without earlier requests of the command."""
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path / "server") as server:
        # What a run revokes stays revoked, so that the truth is looked at first there, and last elsewhere.
        first = list(contradictions(case, server.base_url, pki)) if case.variant.revoke_path else []
        comparison = compare_running(case, server.base_url, pki, more=few_certificates(case, tmp_path))
        wrong = first if case.variant.revoke_path else list(contradictions(case, server.base_url, pki))
    assert wrong == [], "the server contradicts its truth"
    if case.variant.pending and not comparison.exact:
        pytest.xfail(case.variant.pending)
    assert comparison.exact, str(comparison)
    messages = [drift["message"] for drift in comparison.result["drifts"]]
    assert [message for message in messages if case.variant.message not in message] == []


@pytest.mark.servers
def test_an_identity_is_rejected_where_its_truth_says(pki: TestPki, tmp_path: Path) -> None:
    """Bob is rejected on one path and on no other."""
    case = case_named("python-cert-optional-refuses-bob")
    with case.start(pki, tmp_path) as server:
        client = PlainClient(case=case, base_url=server.base_url, pki=pki)
        statuses = {each.template: client.send(each, VERSIONS[1], "bob").status for each in documented(case)}
    rejected = {template for template, status in statuses.items() if status == 401}
    assert drifts(case, ids.VALID_CERTIFICATE_REFUSED, "bob") == rejected


def test_every_truth_names_only_operations_and_subjects_that_exist() -> None:
    """A misspelled truth would look like a drift that the checker missed."""
    for case in CASES:
        document = read_document(case.document)
        assert case.truth.drifts or not case.variant.message, case.name
        subjects = {"", SHORT_LIVED, *PROFILES, *case.variant.identities}
        subjects |= {CANARY} if case.variant.revoke_path else set()
        subjects |= set(case.variant.some_forms)
        for drift in case.truth.drifts | case.truth.possible:
            assert drift.subject in subjects, case.name
            present = drift.method.lower() in document["paths"].get(drift.path, ())
            # Not about an operation of the document.
            elsewhere = OF_THE_LISTENER | {ids.UNDOCUMENTED_ENDPOINT}
            assert present is (drift.rule not in elsewhere), case.name
        unclear = case.truth.undecided | case.truth.tolerated
        assert {path for _, path in unclear} <= set(document["paths"]), case.name


def test_the_python_stack_gets_every_profile() -> None:
    """Cases with few certificates share it with cases that get all of them."""
    few = {case.name for case in CASES if has_the_same_stack(case)}
    every = {case.name for case in CASES} - few
    assert {
        "python-cert-optional",
        "python-cert-required",
        "odd-silent",
        "odd-resets-two-handshakes",
    } <= every
    assert {"odd-roles-checked", "denials-german", "leaks-correct", "elsewhere-correct"} <= few
    assert {"untrusted-issuer", "malformed"} < set(UNSENT)
    assert not {"self-signed", "extra-chain-certificate", "extra-chain-certificate-colleague"} & set(UNSENT)


def test_case_names_are_unique() -> None:
    """A name selects one case."""
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)

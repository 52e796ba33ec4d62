"""Every server does what its truth says, seen by a client that knows nothing of specdrift.

A wrong server must not be blamed on the checker, nor a wrong truth on the server.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.servers.cases import CASES, case_named
from tests.servers.client import Answer, client_context, get
from tests.servers.harness import ServerCase, Tls
from tests.servers.truth import PROFILES, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.servers.harness import Running
    from tests.servers.pki import TestPki

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
BAD = {
    "self-signed": "self_signed",
    "untrusted-issuer": "untrusted",
    "impostor-issuer": "impostor",
    "leaf-as-issuer": "leaf_as_issuer",
    "extra-chain-certificate": "extra_chain",
    "expired": "expired",
    "revoked": "revoked",
}
"""The certificate of the test PKI that stands for each profile or refused identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a document says of one GET operation: its path, whether it needs a certificate, and who is to have it."""

    template: str
    path: str
    required: bool
    holder: str


def promises(case: ServerCase) -> list[Promise]:
    """Read the test documents, without the loader that is under test elsewhere."""
    document = yaml.safe_load(case.document.read_text(encoding="utf-8"))
    unclear = {path for _, path in case.truth.undecided | case.truth.tolerated}
    unclear |= drifts(case, Rule.INCONSISTENT)
    return [
        Promise(
            template=template,
            path=address(template, [*item.get("parameters", ()), *item["get"].get("parameters", ())]),
            required=bool(requirement) and {} not in requirement,
            holder="bob"
            if any("admin" in roles for each in requirement for roles in each.values())
            else "alice",
        )
        for template, item in document["paths"].items()
        if template not in unclear and "get" in item
        for requirement in [item["get"].get("security", document.get("security", []))]
    ]


def address(template: str, parameters: list[Mapping[str, Any]]) -> str:
    """A path and query, from the examples of the parameters; what has none and is not required is left out."""
    pairs = []
    for parameter in parameters:
        name, example = parameter["name"], parameter.get("example", parameter["schema"].get("example"))
        if example is None and not parameter.get("required"):
            continue
        template = template.replace(f"{{{name}}}", str(example))
        pairs += [f"{name}={example}"] if parameter["in"] == "query" else []
    return template + ("?" + "&".join(pairs) if pairs else "")


def drifts(case: ServerCase, rule: Rule, subject: str = "") -> set[str]:
    """The paths on which the truth has this drift."""
    return {d.path for d in case.truth.drifts if d.rule is rule and d.subject == subject}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Makes requests to one running case, each by a named certificate of the PKI or by nobody."""

    case: ServerCase
    server: Running
    pki: TestPki

    def visit(self, promise: Promise, version: ssl.TLSVersion, caller: str | None) -> Answer:
        """One answer; the few servers that are flaky on purpose are asked again."""
        certificate = getattr(self.pki, caller) if caller else None
        protocol = self.case.variant.settings.get("protocol", "http/1.1")
        context = client_context(self.pki, version, certificate, protocol=protocol)
        answer = get(self.server.base_url, promise.path, context)
        for _ in range(1, int(self.case.variant.settings.get("attempts", "1"))):
            if answer.status not in {0, 429}:
                break
            time.sleep(1.1 if answer.status == 429 else 0)
            answer = get(self.server.base_url, promise.path, context)
        return answer


def admitted(answer: Answer, good: Answer) -> bool:
    """Whether a caller got what a good certificate gets, or the very same bytes under another status."""
    alike = answer.status == good.status == 200 and answer.keys == good.keys
    return alike or (good.status == 200 and bool(answer.keys) and answer.sha256 == good.sha256)


def expectations(case: ServerCase, promise: Promise) -> Iterator[tuple[str | None, bool]]:
    """Who is to be admitted and who is not, as the truth has it: pairs of (caller, admitted)."""
    if promise.required:
        open_to_all = promise.template in drifts(case, Rule.NOT_ENFORCED)
        yield None, open_to_all
        if open_to_all:
            return  # what else it admits is not part of the truth
        possible = {d.subject for d in case.truth.possible if d.rule is Rule.INVALID_ACCEPTED}
        subjects = {*PROFILES, *case.variant.identities} - possible
        for subject, certificate in BAD.items():
            if subject in subjects:
                yield certificate, promise.template in drifts(case, Rule.INVALID_ACCEPTED, subject)
    else:
        yield None, promise.template not in drifts(case, Rule.OVER_ENFORCED)


def contradictions(visitor: Visitor, version: ssl.TLSVersion) -> Iterator[tuple[object, ...]]:
    """Every answer that is not as the truth has it."""
    for promise in promises(visitor.case):
        good = visitor.visit(promise, version, promise.holder)
        rules = (Rule.VALID_REFUSED, Rule.ROLE_OVER_ENFORCED)
        refused = any(promise.template in drifts(visitor.case, rule, promise.holder) for rule in rules)
        if (good.status != 200) is not refused:
            yield version.name, promise.path, promise.holder, good
        for caller, expected in expectations(visitor.case, promise):
            answer = visitor.visit(promise, version, caller)
            if admitted(answer, good) is not expected:
                yield version.name, promise.path, caller, answer


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> ServerCase:
    """One case after the other; those that cannot run here are skipped."""
    chosen: ServerCase = request.param
    if missing := chosen.available():
        pytest.skip(missing)
    return chosen


@pytest.mark.servers
def test_a_server_treats_every_caller_as_its_truth_says(
    case: ServerCase, pki: TestPki, tmp_path: Path
) -> None:
    """Good certificates are answered, and the others admitted or refused, in TLS 1.2 and 1.3."""
    with case.start(pki, tmp_path) as server:
        visitor = Visitor(case=case, server=server, pki=pki)
        wrong = [line for version in VERSIONS for line in contradictions(visitor, version)]
    assert wrong == []


@pytest.mark.servers
def test_identities_that_the_truth_says_are_refused_are_refused(pki: TestPki, tmp_path: Path) -> None:
    """Bob is refused on one path and on no other."""
    case = case_named("python-cert-optional-refuses-bob")
    with case.start(pki, tmp_path) as server:
        visitor = Visitor(case=case, server=server, pki=pki)
        statuses = {p.template: visitor.visit(p, VERSIONS[1], "bob").status for p in promises(case)}
    seen = {template for template, status in statuses.items() if status == 401}
    assert drifts(case, Rule.VALID_REFUSED, "bob") == seen


@pytest.mark.servers
def test_undocumented_endpoints_answer_and_unknown_paths_do_not(pki: TestPki, tmp_path: Path) -> None:
    """What the truth lists as undocumented is there; a random path is not."""
    for case in CASES:
        paths = drifts(case, Rule.UNDOCUMENTED)
        if not paths or case.available():
            continue
        with case.start(pki, tmp_path / case.name) as server:
            context = client_context(pki, VERSIONS[1], pki.alice)
            found = {p for p in paths if get(server.base_url, p, context).status == 200}
        assert paths == found


@pytest.mark.servers
@pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13])
@pytest.mark.parametrize(
    "server", sorted({case.name.partition("-")[0] for case in CASES if not case.name.startswith("axum-")})
)
def test_a_server_can_be_limited_to_one_tls_version(
    server: str, tls: Tls, pki: TestPki, tmp_path: Path
) -> None:
    """The other version is not spoken."""
    case = next(case for case in CASES if case.name.startswith(f"{server}-"))
    if missing := case.available():
        pytest.skip(missing)
    promise = next(p for p in promises(case) if p.path == "/secure")
    with case.start(pki, tmp_path, tls=tls) as running:
        visitor = Visitor(case=case, server=running, pki=pki)
        statuses = [visitor.visit(promise, version, "alice").status for version in VERSIONS]
    assert statuses == ([200, 0] if tls is Tls.TLS12 else [0, 200])


def test_every_truth_names_only_operations_and_subjects_that_exist() -> None:
    """A typing error in a truth would look like a miss of the checker."""
    for case in CASES:
        document = yaml.safe_load(case.document.read_text(encoding="utf-8"))
        subjects = {"", *PROFILES, *case.variant.identities}
        for drift in case.truth.drifts | case.truth.possible:
            assert drift.subject in subjects, case.name
            documented = drift.method.lower() in document["paths"].get(drift.path, ())
            assert documented is (drift.rule is not Rule.UNDOCUMENTED), case.name
        unclear = case.truth.undecided | case.truth.tolerated
        assert {path for _, path in unclear} <= set(document["paths"]), case.name


def test_case_names_are_unique() -> None:
    """A name picks one case."""
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)

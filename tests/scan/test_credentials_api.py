"""Certificates together with keys and tokens, over real TLS: each fault of a server, and its correct twin."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.errors import UsageError
from specdrift.reports import FORMATS, RenderOptions
from specdrift.settings import Identity, SchemeSettings, Secret
from tests.changed_settings import changed
from tests.scan.credentials_api import (
    API_KEY,
    BY_ROLE,
    DOCUMENT,
    EITHER_TOKEN,
    OPAQUE,
    ROLES,
    Policy,
    jwt,
    serving,
)
from tests.scan.running import run, settings_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

Found = tuple[str, str, str]
"""Rule, path and identity."""

BOTH, EITHER, TOKEN, TOKEN_ONLY = "/both", "/either", "/token", "/token-only"
COMBINATION, NOT_BOUND = "combination-not-enforced", "token-not-bound"
POLICIES: dict[str, tuple[Policy, set[Found]]] = {
    "everything is looked at": (Policy(), set()),
    "the key is forgotten": (
        Policy(key=False),
        {(COMBINATION, BOTH, "alice"), ("mtls-not-enforced", EITHER, "anonymous")},
    ),
    "any key will do": (
        Policy(key_value=False),
        {(COMBINATION, BOTH, "alice"), ("forgeable-credential-accepted", EITHER, "anonymous")},
    ),
    "an empty key will do": (
        Policy(key_forms=lambda key: not key),
        {(COMBINATION, BOTH, "alice"), ("forgeable-credential-accepted", EITHER, "anonymous")},
    ),
    "the beginning of the key will do": (
        Policy(key_forms=lambda key: bool(key) and API_KEY.startswith(key)),
        {(COMBINATION, BOTH, "alice"), ("forgeable-credential-accepted", EITHER, "anonymous")},
    ),
    "the form of a key will do": (
        Policy(key_forms=lambda key: re.fullmatch("key-[0-9a-f]{24}", key) is not None),
        {(COMBINATION, BOTH, "alice"), ("forgeable-credential-accepted", EITHER, "anonymous")},
    ),
    "one identity needs no key": (Policy(without_key="bob"), {(COMBINATION, BOTH, "bob")}),
    "text/csv needs no key": (
        Policy(csv_without_key=True),
        {(COMBINATION, BOTH, "alice"), ("undeclared-input-bypass", EITHER, "anonymous")},
    ),
    "any signature will do": (
        Policy(token_forms=bool),
        {(COMBINATION, TOKEN, "alice")},
    ),
    "no signature will do": (
        Policy(token_forms=lambda signature: not signature),
        {(COMBINATION, TOKEN, "alice")},
    ),
    "the token is forgotten": (Policy(token=False), {(COMBINATION, TOKEN, "alice")}),
    "the key is not enough": (Policy(key_suffices=False), {("mtls-over-enforced", EITHER, "anonymous")}),
    "the certificate is forgotten": (
        Policy(certificate=False),
        {("mtls-not-enforced", BOTH, "anonymous")},
    ),
    "whose token it is is forgotten": (
        Policy(binding=False),
        {(NOT_BOUND, TOKEN, "bob"), (NOT_BOUND, TOKEN_ONLY, "bob"), (NOT_BOUND, TOKEN_ONLY, "anonymous")},
    ),
    "neither certificate nor binding": (
        Policy(binding=False, certificate=False),
        {
            ("mtls-not-enforced", BOTH, "anonymous"),
            ("mtls-not-enforced", TOKEN, "anonymous"),
            (NOT_BOUND, TOKEN_ONLY, "bob"),
            (NOT_BOUND, TOKEN_ONLY, "anonymous"),
        },
    ),
}


def bound_tokens(pki: TestPki) -> SchemeSettings:
    """A token for each of the two, bound to its certificate."""
    return SchemeSettings(
        tokens={name: Secret(jwt(name, bound_to=getattr(pki, name))) for name in ("alice", "bob")}
    )


def configured(pki: TestPki, url: str, folder: Path, oauth: SchemeSettings, *names: str) -> Settings:
    """Identities, a key, and these tokens."""
    document = folder / "openapi.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pairs = {name: getattr(pki, name) for name in names or ("alice", "bob")}
    return settings_for(
        pki,
        url,
        spec=str(document),
        identities=tuple(
            Identity(name=name, cert_file=pair.cert, key_file=pair.key) for name, pair in pairs.items()
        ),
        schemes={"key": SchemeSettings(value=Secret(API_KEY)), "oauth": oauth},
    )


def found(result: Result) -> set[Found]:
    """The drifts."""
    return {(d.rule, d.operation.path if d.operation else "", d.identity or "") for d in result.drifts}


@pytest.mark.parametrize("name", POLICIES)
def test_an_unchecked_credential_is_the_only_finding(name: str, pki: TestPki, tmp_path: Path) -> None:
    """Every member of an AND is required, every alternative of an OR is enough, a token belongs to its owner."""
    policy, expected = POLICIES[name]
    with serving(policy, pki) as url:
        result = run(configured(pki, url, tmp_path, bound_tokens(pki)))
    assert found(result) == expected
    assert result.undecided == ()


@pytest.mark.parametrize("replaced", [False, True])
def test_credentials_of_another_alternative_replace_no_role(
    pki: TestPki,
    tmp_path: Path,
    replaced: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Administrators need no key, supporters need one, and readers are refused with one."""
    with serving(Policy(key_replaces_role=replaced), pki) as url:
        settings = configured(pki, url, tmp_path, SchemeSettings(), "alice", "bob", "revoked")
        Path(settings.spec).write_text(json.dumps(BY_ROLE), encoding="utf-8")
        with_roles = tuple(replace(each, roles=frozenset({ROLES[each.name]})) for each in settings.identities)
        result = run(changed(settings, identities=with_roles))
    assert found(result) == ({("role-not-enforced", "/ledger", "revoked")} if replaced else set())
    assert result.undecided == ()


FORGED = {
    "its own signature": (Policy(), set()),
    "any signature": (Policy(token_forms=bool), {"forgeable-credential-accepted"}),
    "no signature": (Policy(token_forms=lambda signature: not signature), {"forgeable-credential-accepted"}),
}


@pytest.mark.parametrize(("policy", "rules"), FORGED.values(), ids=FORGED)
def test_a_token_instead_of_a_certificate_has_a_signature(
    policy: Policy, rules: set[str], pki: TestPki, tmp_path: Path
) -> None:
    """The claims of a valid token are no secret: with another signature they replace no certificate."""
    token = SchemeSettings(token=Secret(jwt("alice")))
    with serving(policy, pki) as url:
        settings = configured(pki, url, tmp_path, token)
        Path(settings.spec).write_text(json.dumps(EITHER_TOKEN), encoding="utf-8")
        result = run(settings)
    assert {drift.rule for drift in result.drifts} == rules


@pytest.mark.parametrize("binding", [True, False])
def test_one_token_for_all_that_names_the_certificate_of_one(
    pki: TestPki,
    tmp_path: Path,
    binding: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Bob has no token of his own, and the server correctly rejects alice's token from him."""
    token = SchemeSettings(token=Secret(jwt("alice", bound_to=pki.alice)))
    with serving(Policy(binding=binding), pki) as url:
        result = run(configured(pki, url, tmp_path, token))
    thefts = {(NOT_BOUND, TOKEN, "bob"), (NOT_BOUND, TOKEN_ONLY, "bob"), (NOT_BOUND, TOKEN_ONLY, "anonymous")}
    assert (found(result), result.undecided) == (set() if binding else thefts, ())


@pytest.mark.parametrize("binding", [True, False])
def test_opaque_tokens_are_bound_where_the_document_requires_both(
    pki: TestPki,
    tmp_path: Path,
    binding: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Only the server knows the binding of an opaque token: lower confidence, and no finding for a token alone."""
    tokens = SchemeSettings(tokens={name: Secret(token) for name, token in OPAQUE.items()})
    with serving(Policy(binding=binding), pki) as url:
        result = run(configured(pki, url, tmp_path, tokens))
    assert found(result) == (set() if binding else {(NOT_BOUND, TOKEN, "bob")})
    assert {drift.confidence.value for drift in result.drifts} <= {"medium"}


@pytest.mark.parametrize("binding", [True, False])
def test_tokens_that_are_stated_as_bound_are_tried_alone_too(
    pki: TestPki,
    tmp_path: Path,
    binding: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A client that is registered for bound tokens gets no others, whether they show it or not (RFC 8705 §3.4)."""
    tokens = SchemeSettings(tokens={name: Secret(each) for name, each in OPAQUE.items()}, bound_tokens=True)
    with serving(Policy(binding=binding), pki) as url:
        result = run(configured(pki, url, tmp_path, tokens))
    alone = {(NOT_BOUND, TOKEN_ONLY, "anonymous"), (NOT_BOUND, TOKEN_ONLY, "bob")}
    assert found(result) == (set() if binding else {(NOT_BOUND, TOKEN, "bob"), *alone})
    assert {drift.confidence.value for drift in result.drifts} <= {"medium"}


def test_a_token_that_is_stated_as_bound_and_names_no_certificate_is_a_drift(
    pki: TestPki, tmp_path: Path
) -> None:
    """The server has nothing to compare the certificate with."""
    shared = SchemeSettings(token=Secret(jwt("alice")), bound_tokens=True)
    with serving(Policy(), pki) as url:
        result = run(configured(pki, url, tmp_path, shared))
    assert (NOT_BOUND, TOKEN, "bob") in found(result)
    assert any("is bound to its certificate by the configuration" in drift.message for drift in result.drifts)


def test_tokens_that_name_no_certificate_are_bound_to_none(pki: TestPki, tmp_path: Path) -> None:
    """A bearer token is valid for its bearer: no drift, and the reason is reported."""
    tokens = SchemeSettings(tokens={name: Secret(jwt(name)) for name in ("alice", "bob")})
    with serving(Policy(), pki) as url:
        result = run(configured(pki, url, tmp_path, tokens))
    assert found(result) == set()
    assert [s.reason for s in result.skipped if s.check == "bound-token"] == [
        "the tokens of bob name no certificate (cnf of RFC 8705 §3.1)"
    ]


def test_a_token_command_runs_once(pki: TestPki, tmp_path: Path) -> None:
    """Its output is the token of all identities."""
    count, token = tmp_path / "count", jwt("revoked")
    program = f"open({str(count)!r}, 'a').write('x'); print({token!r})"
    oauth = SchemeSettings(token_command=(sys.executable, "-c", program))
    with serving(Policy(), pki) as url:
        result = run(configured(pki, url, tmp_path, oauth))
    assert (found(result), result.undecided, count.read_text()) == (set(), (), "x")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit('secret-of-mine')", "exited with status 1"),
        ("print()", "one token and nothing else"),
        ("print('secret-of-mine and more')", "one token and nothing else"),
    ],
)
def test_a_failing_token_command_is_reported_without_its_output(
    program: str, words: str, pki: TestPki, tmp_path: Path
) -> None:
    """The output may be a secret."""
    oauth = SchemeSettings(token_command=(sys.executable, "-c", program))
    with pytest.raises(UsageError, match=words) as caught:
        scan.prepare(configured(pki, "https://127.0.0.1:9", tmp_path, oauth))
    assert "secret-of-mine" not in str(caught.value)


def test_no_key_and_no_token_reaches_a_result(pki: TestPki, tmp_path: Path) -> None:
    """Not in a probe, a message or a command, in any format."""
    oauth = bound_tokens(pki)
    with serving(Policy(key=False, binding=False), pki) as url:
        result = run(configured(pki, url, tmp_path, oauth))
    assert len(result.drifts) > 1
    secrets = _values(oauth.tokens)
    for form in ("json", "html", "text"):
        text = FORMATS[form].render(result, RenderOptions()).decode()
        assert [secret for secret in (API_KEY, *secrets) if secret in text] == []


def test_a_recording_is_judged_to_the_same_result(pki: TestPki, tmp_path: Path) -> None:
    """The recording names the owners of credentials, not the credentials."""
    file = tmp_path / "run.json"
    with serving(Policy(key=False, binding=False), pki) as url:
        settings = configured(pki, url, tmp_path, bound_tokens(pki))
        result = run(changed(settings, record=file))
    assert scan.rejudge(file) == result
    assert API_KEY not in file.read_text()


def _values(tokens: Mapping[str, Secret]) -> list[str]:
    return [token.reveal() for token in tokens.values()]

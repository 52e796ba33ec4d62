"""Requirements with alternatives, over real TLS: which of them admit a caller without a certificate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.settings import SchemeSettings, Secret
from tests.scan.running import run, settings_for
from tests.scan.small_api import api_of, listening

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki
    from tests.servers.python.tls import Handler

MTLS: dict[str, list[str]] = {"mtls": []}
KEY: dict[str, list[str]] = {"key": []}
SCHEMES = {
    "mtls": {"type": "mutualTLS"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}


def document(folder: Path, **security: object) -> str:
    """A document with an operation for each requirement: ``a`` is ``GET /a``."""
    paths = {f"/{name}": {"get": {"security": one, "responses": {}}} for name, one in security.items()}
    whole = {"openapi": "3.1.0", "paths": paths, "components": {"securitySchemes": SCHEMES}}
    (folder / "openapi.json").write_text(json.dumps(whole), encoding="utf-8")
    return str(folder / "openapi.json")


def found(result: Result) -> list[tuple[str, str]]:
    """Rule and path of each drift of an operation."""
    return sorted((d.rule, d.operation.path) for d in result.drifts if d.operation)


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False])
def test_an_anonymous_alternative_is_compared_with_the_server(
    pki: TestPki,
    tmp_path: Path,
    guarded: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """``[{key}, {}]`` admits every caller, as ``[{}]`` does; ``[{key}]`` promises nothing about the certificate."""

    def admits(request: Handler) -> bool | None:
        if request.path not in ("/a", "/b", "/c"):
            return None
        return bool(request.caller) or not guarded

    with listening(api_of(admits), pki) as url:
        spec = document(tmp_path, a=[KEY, {}], b=[{}], c=[KEY])
        result = run(settings_for(pki, url, spec=spec))
    over = [("mtls-over-enforced", "/a"), ("mtls-over-enforced", "/b")]
    assert found(result) == (over if guarded else [])
    assert {o.operation.key.path: o.operation.requirement.demand.value for o in result.operations} == {
        "/a": "other",
        "/b": "not-required",
        "/c": "other",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("needs_key", "needs_certificate", "expected"),
    [
        (True, False, []),
        (False, False, [("mtls-not-enforced", "/a"), ("mtls-not-enforced", "/b")]),
        (True, True, [("mtls-over-enforced", "/a"), ("mtls-over-enforced", "/b")]),
    ],
    ids=["the key is enough", "nothing is asked for", "both are asked for"],
)
def test_a_key_that_is_enough_by_itself_is_not_sent_without_a_certificate(
    pki: TestPki,
    tmp_path: Path,
    needs_key: bool,  # noqa: FBT001 - a column of the table
    needs_certificate: bool,  # noqa: FBT001
    expected: list[tuple[str, str]],
) -> None:
    """``[{mtls, key}, {key}]``: a caller with the key needs no certificate, a caller with neither is refused.

    The key is right where the certificate with it is admitted, and with a made-up one is not.
    """

    def admits(request: Handler) -> bool | None:
        if request.path not in ("/a", "/b"):
            return None
        keyed = request.headers.get("X-Key") == "k" or not needs_key
        return keyed and (bool(request.caller) or not needs_certificate)

    with listening(api_of(admits), pki) as url:
        spec = document(tmp_path, a=[{**MTLS, **KEY}, KEY], b=[KEY, {**MTLS, **KEY}])
        key = SchemeSettings(value=Secret("k"))
        result = run(settings_for(pki, url, spec=spec, schemes={"key": key}))
    assert found(result) == expected
    assert result.undecided == ()
    assert {
        (outcome.identity, outcome.outcome.value)
        for one in result.operations
        for outcome in one.outcomes
        if outcome.identity in ("anonymous", "alice")
    } == {("alice", "admitted"), ("anonymous", "admitted" if not needs_key else "refused-by-application")}

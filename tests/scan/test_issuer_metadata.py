"""Metadata of token issuers over real TLS: where they are read, and what follows from them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from specdrift import scan
from specdrift.scan.issuers.metadata_urls import issuer_of
from specdrift.settings import Identity, NetworkSettings, SchemeSettings, Secret
from tests.changed_settings import changed
from tests.scan.credentials_api import DOCUMENT, jwt, verified
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

OPENID = "/.well-known/openid-configuration"
UNUSED = "issuer-binding-unused"
WITHOUT = "issuer-endpoint-without-mtls"


class Api(Handler):
    """Needs a certificate and a token at /token, and has the metadata of its issuer."""

    members: ClassVar[dict[str, Any]]
    issuer: ClassVar[str] = ""

    def respond(self) -> None:
        """Answer the metadata, and /token."""
        if self.path == OPENID:
            issuer = self.issuer or f"https://{self.headers['Host']}"
            return self.reply(200, {"issuer": issuer, **self.members})
        if self.path != "/token":
            return self.reply(404, {"error": "not found"})
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        admitted = self.caller and verified(token)
        return (
            self.reply(200, {"items": [self.caller]})
            if admitted
            else self.reply(401, {"error": "unauthorized"})
        )


BINDS = {"tls_client_certificate_bound_access_tokens": True}


@contextmanager
def serving(pki: TestPki, members: dict[str, Any], issuer: str = "") -> Iterator[str]:
    """The base URL of an API whose issuer has these metadata."""
    with listening(type("IssuerApi", (Api,), {"members": members, "issuer": issuer}), pki) as url:
        yield url


def configured(
    pki: TestPki,
    url: str,
    folder: Path,
    token: str,
    *,
    scheme: dict[str, Any] | None = None,
    **changes: object,
) -> Settings:
    """One operation that needs a certificate together with this token."""
    schemes = {**DOCUMENT["components"]["securitySchemes"]}
    schemes["oauth"] = scheme or schemes["oauth"]
    paths = {"/token": DOCUMENT["paths"]["/token"]}
    document = folder / "openapi.json"
    document.write_text(
        json.dumps({**DOCUMENT, "paths": paths, "components": {"securitySchemes": schemes}}), encoding="utf-8"
    )
    settings = settings_for(
        pki,
        url,
        spec=str(document),
        identities=(Identity(name="alice", cert_file=pki.alice.cert, key_file=pki.alice.key),),
        schemes={"oauth": SchemeSettings(token=Secret(token))},
    )
    return changed(settings, **changes)


def rules(result: Result) -> set[str]:
    """The rules about issuers that were reported."""
    return {drift.rule for drift in result.drifts} & {UNUSED, WITHOUT}


def reasons(result: Result) -> list[str]:
    """Why something about issuers was not judged."""
    return [entry.reason for entry in result.skipped if entry.check == "issuer-metadata"]


def test_a_token_without_a_certificate_of_an_issuer_that_binds_is_noted(pki: TestPki, tmp_path: Path) -> None:
    """The document requires both; the note has no operation, whose verdict stays as it is."""
    with serving(pki, BINDS) as url:
        result = run(configured(pki, url, tmp_path, jwt("alice", issuer=url)))
    (drift,) = [one for one in result.drifts if one.rule == UNUSED]
    assert (drift.operation, drift.severity.value, drift.subject) == (None, "note", "oauth")
    assert "1 operation requires a certificate together with it" in drift.message
    assert result.undecided == ()


@pytest.mark.parametrize(("members", "bound"), [(BINDS, True), ({}, False)])
def test_a_bound_token_and_an_issuer_that_binds_none_are_right(
    pki: TestPki, tmp_path: Path, members: dict[str, Any], *, bound: bool
) -> None:
    """Correct twins."""
    with serving(pki, members) as url:
        token = jwt("alice", bound_to=pki.alice if bound else None, issuer=url)
        result = run(configured(pki, url, tmp_path, token))
    assert (rules(result), reasons(result)) == (set(), [])


def test_metadata_of_another_issuer_do_not_count(pki: TestPki, tmp_path: Path) -> None:
    """RFC 8414 §3.3: the issuer must be the one that was requested."""
    with serving(pki, BINDS, issuer="https://other.example.test") as url:
        result = run(configured(pki, url, tmp_path, jwt("alice", issuer=url)))
    assert rules(result) == set()
    assert any("of another issuer, https://other.example.test" in reason for reason in reasons(result))


def test_an_issuer_on_a_host_that_is_not_allowed_is_not_contacted(pki: TestPki, tmp_path: Path) -> None:
    """A document may name hosts of third parties."""
    flow = {"tokenUrl": "https://issuer.example.test/token", "scopes": {}}
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    with serving(pki, BINDS) as url:
        result = run(configured(pki, url, tmp_path, jwt("alice"), scheme=scheme))
    assert {record.probe.connection.endpoint.host for record in result.probes} == {"127.0.0.1"}
    (reason,) = reasons(result)
    assert "issuer.example.test" in reason
    assert "network.allow-hosts" in reason


def test_an_issuer_on_an_allowed_host_is_read(pki: TestPki, tmp_path: Path) -> None:
    """And the endpoints that it announces on a host that is not allowed are not contacted."""
    aliases = {"mtls_endpoint_aliases": {"token_endpoint": "https://mtls.example.test/token"}}
    with serving(pki, {**BINDS, **aliases}) as url:
        other = url.replace("127.0.0.1", "localhost")
        network = NetworkSettings(timeout=5, retries=1, allow_hosts=("127.0.0.1", "localhost"))
        result = run(configured(pki, url, tmp_path, jwt("alice", issuer=other), network=network))
    assert rules(result) == {UNUSED}
    (reason,) = reasons(result)
    assert "endpoints of issuers at mtls.example.test" in reason


def test_a_recording_is_judged_to_the_same_result(pki: TestPki, tmp_path: Path) -> None:
    """The recording has what was read of the metadata, not their text."""
    file = tmp_path / "run.json"
    with serving(pki, {**BINDS, "filler": ["x" * 100] * 100}) as url:
        result = run(configured(pki, url, tmp_path, jwt("alice", issuer=url), record=file))
    assert rules(result) == {UNUSED}
    assert scan.rejudge(file) == result
    assert "x" * 5000 not in file.read_text()


@pytest.mark.parametrize(
    ("url", "issuer"),
    [
        ("https://a.test/.well-known/openid-configuration", "https://a.test"),
        ("https://a.test/realms/x/.well-known/openid-configuration", "https://a.test/realms/x"),
        ("https://a.test/.well-known/oauth-authorization-server/x", "https://a.test/x"),
        ("https://a.test/.well-known/other", ""),
        ("https://a.test/metadata.json", ""),
        ("http://a.test/.well-known/openid-configuration", ""),
    ],
)
def test_the_issuer_follows_from_the_form_of_the_url(url: str, issuer: str) -> None:
    """RFC 8414 §3.1 and OpenID Connect Discovery §4."""
    assert issuer_of(url) == issuer

"""Names in certificates: what known clients get settles the comparison, and without one it stays undecided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.offline.routes import routes
from specdrift.settings import Identity, Settings
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT, OPEN, nginx

if TYPE_CHECKING:
    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

SECURE = "GET /secure"
PUBLIC = "location = /public { proxy_pass http://api; }"
ADMIN = "if ($ssl_client_s_dn !~ OU=admin) { return 403; }"


def read(
    folder: Path, guard: str, identities: tuple[Identity, ...], *, verify: str = "optional", more: str = ""
) -> Result:
    """Read an nginx in front of a service without guards, with the identities of the configuration."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    configuration = nginx(
        f"location / {{ {guard} proxy_pass http://api; }} {PUBLIC}", verify=verify, more=more
    )
    (folder / "nginx.conf").write_text(configuration, encoding="utf-8")
    settings = Settings(spec=str(folder / "openapi.yaml"), identities=identities)
    return routes(settings, (folder / "nginx.conf", crate(folder / "service", OPEN)))


def undecided(result: Result, caller: GatewayCaller = GatewayCaller.VALID) -> bool:
    """Return whether it is not known what a caller of the guarded operation gets; the operation is no error."""
    assert not [one for one in result.drifts if one.severity.value == "error"]
    found = next(one for view in result.gateways for one in view.routes if str(one.operation) == SECURE)
    passage = found.of(caller).passage
    assert passage in (Passage.UNKNOWN, Passage.FORWARDED)
    return passage is Passage.UNKNOWN


def identity(pki: TestPki, name: str, expect: str = "accepted") -> Identity:
    """Name a certificate of the PKI; its key is not read."""
    return Identity.from_files(name, getattr(pki, name).cert, Path("no-such.key"), expect=expect)  # type: ignore[arg-type]


GUARDS = {
    "an expression of the whole subject": (ADMIN, ""),
    "the subject itself": ('if ($ssl_client_s_dn != "CN=bob,OU=admin") { return 403; }', ""),
    "the former form": ('if ($ssl_client_s_dn_legacy != "/OU=admin/CN=bob") { return 403; }', ""),
    "a map of subjects": (
        "if ($role != admin) { return 403; }",
        "map $ssl_client_s_dn $role { default none; 'CN=bob,OU=admin' admin; }",
    ),
    "the issuer, and the subject": (
        f'if ($ssl_client_i_dn != "CN=specdrift test client CA,OU=CA") {{ return 403; }} {ADMIN}',
        "",
    ),
}


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_an_identity_that_is_meant_settles_a_comparison(
    guard: tuple[str, str], pki: TestPki, tmp_path: Path
) -> None:
    """Without it, or with another one, it is not known whether a valid client has the name."""
    condition, more = guard
    alice, bob = identity(pki, "alice"), identity(pki, "bob")
    for number, (known, expected) in enumerate([((), True), ((alice,), True), ((alice, bob), False)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert undecided(read(folder, condition, known, more=more)) is expected


def test_serial_numbers_and_fingerprints_are_compared(pki: TestPki, tmp_path: Path) -> None:
    """As OpenSSL writes them."""
    bob = x509.load_pem_x509_certificate(pki.bob.cert.read_bytes())
    serial = bob.serial_number.to_bytes((bob.serial_number.bit_length() + 7) // 8, "big").hex().upper()
    sha1 = bob.fingerprint(SHA1()).hex()  # noqa: S303 - what nginx compares
    guard = f"if ($ssl_client_serial$ssl_client_fingerprint != {serial}{sha1}) {{ return 403; }}"
    assert not undecided(read(tmp_path, guard, (identity(pki, "bob"),)))


def test_an_identity_that_the_server_must_refuse_settles_nothing(pki: TestPki, tmp_path: Path) -> None:
    """Its certificate may be one that the gateway does not trust."""
    assert undecided(read(tmp_path, ADMIN, (identity(pki, "bob", "refused"),)))


def test_a_certificate_of_another_authority_may_have_any_name(pki: TestPki, tmp_path: Path) -> None:
    """A known client's name says nothing about that of others: what an untrusted one gets stays undecided."""
    result = read(tmp_path, ADMIN, (identity(pki, "bob"),), verify="optional_no_ca")
    assert undecided(result, GatewayCaller.UNTRUSTED)
    assert SECURE in {str(one.operation) for one in result.undecided}


def test_files_that_cannot_be_read_settle_nothing(tmp_path: Path) -> None:
    """Reading a configuration needs no certificates."""
    missing = Identity.from_files("gone", tmp_path / "gone.pem", tmp_path / "gone.key")
    assert undecided(read(tmp_path, ADMIN, (missing,)))

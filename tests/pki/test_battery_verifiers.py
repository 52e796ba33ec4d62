"""Every certificate of the battery, really sent to real servers: a correct one and a careless one."""

from collections.abc import Iterator

import pytest

from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import TlsRange
from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.pki.battery import CONTROLS, PROFILES, Tier, generate
from specdrift.pki.credential import Credential
from tests.pki.peer import Peer, credulous_server, verifying_server
from tests.pki.world import World, credential

VERSIONS = (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3)
EVERYTHING = {**PROFILES, **CONTROLS}
OPENSSL_REFUSES = frozenset({"any-eku", "ca-as-client", "intermediate-not-ca-key-usage"})
"""What stacks differ about is skipped by default; the standard library is on the strict side."""

POLICIES = dict.fromkeys(OPENSSL_REFUSES, ProfilePolicy.REFUSE)


@pytest.fixture(scope="module")
def strict(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A correct server without revocation: a CRL for the leaf's CA only would break every longer chain."""
    with verifying_server(world, tmp_path_factory.mktemp("strict")) as peer:
        yield peer


@pytest.fixture(scope="module")
def revoking(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A correct server that honours the CRL."""
    with verifying_server(world, tmp_path_factory.mktemp("revoking"), crl=world.crl) as peer:
        yield peer


@pytest.fixture(scope="module")
def careless(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A server that asks for a certificate and takes any."""
    with credulous_server(world, tmp_path_factory.mktemp("careless")) as peer:
        yield peer


@pytest.fixture(scope="module")
def generated(world: World) -> dict[str, tuple[ClientIdentity, Credential]]:
    """The whole battery and its controls, by name; the imitated identity has names of every type."""
    factory = world.factory(victim=credential(world.carol))
    return {pair[0].name: pair for pair in generate(EVERYTHING, factory, policies=POLICIES)}


def present(
    generated: dict[str, tuple[ClientIdentity, Credential]], name: str
) -> tuple[ClientIdentity, Credential]:
    """The certificate of that name; Ed25519 keys cannot be used for all."""
    if name not in generated:
        pytest.skip(f"{name} cannot be made with keys of this algorithm")
    return generated[name]


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("name", EVERYTHING)
def test_a_correct_verifier_gives_the_answer_that_the_profile_promises(
    name: str,
    version: TlsRange,
    generated: dict[str, tuple[ClientIdentity, Credential]],
    strict: Peer,
    revoking: Peer,
) -> None:
    """The standard library refuses what must be refused and nothing else, and saw it either way."""
    identity, credential = present(generated, name)
    server = revoking if name == "revoked" else strict
    result = server.exchange(credential, version)
    assert (identity.expect is Expect.ACCEPTED, True) == (result.admitted, credential.chain[0] in result.sent)


WITHOUT_THE_KEY = frozenset({"wrong-private-key", "ca-as-client-without-key", "server-certificate"})
"""No TLS stack lets these finish the handshake, however careless the server is about certificates."""


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("name", [name for name in PROFILES if name not in WITHOUT_THE_KEY])
def test_a_careless_server_is_caught_by_every_profile(
    name: str, version: TlsRange, generated: dict[str, tuple[ClientIdentity, Credential]], careless: Peer
) -> None:
    """A server that takes any certificate admits each of them: none fails for a reason of our own making."""
    _, credential = present(generated, name)
    result = careless.exchange(credential, version)
    assert (result.answer, credential.chain[0] in result.sent) == ("HTTP/1.0 200 ok", True)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("name", sorted(WITHOUT_THE_KEY))
def test_even_a_careless_server_wants_the_private_key(
    name: str, version: TlsRange, generated: dict[str, tuple[ClientIdentity, Credential]], careless: Peer
) -> None:
    """CertificateVerify is checked by the TLS stack itself, whatever the server makes of the certificate."""
    _, credential = present(generated, name)
    result = careless.exchange(credential, version)
    assert (result.answer.endswith("DECRYPT_ERROR"), credential.chain[0] in result.sent) == (True, True)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, profile in PROFILES.items() if profile.tier is Tier.KEYLESS])
def test_keyless_profiles_need_no_ca_key_to_be_refused(name: str, strict: Peer, world: World) -> None:
    """Made from the valid identity and public certificates alone, they get the same answer."""
    pairs = generate([name], world.factory(ca_key=None), policies=POLICIES)
    if not pairs:
        pytest.skip(f"{name} cannot be made with keys of this algorithm")
    ((identity, credential),) = (pair for pair in pairs if pair[0].name == name)
    assert (identity.expect is Expect.ACCEPTED) == strict.exchange(credential).admitted

"""Valid identities of public CAs, whose renewals lose clientAuth (Chrome Root Program Policy 1.8)."""

from collections.abc import Iterator, Mapping
from datetime import date

from cryptography import x509

from specdrift.checks.credentials import renewal
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import ProfilePolicy
from specdrift.pki.authority import load_client_ca
from specdrift.pki.credential import Credential
from specdrift.pki.inspection.public_roots import first_renewal, public_ca_of, public_roots
from specdrift.settings import ClientCaSettings, Settings

OTHER_PURPOSES = "wrong-eku-other-purposes"
"""The other profile of the family: no CA issues it for a server."""


def policies_on(day: date, settings: Settings) -> Mapping[str, ProfilePolicy]:
    """Return the policies of the battery on a day. A policy that `[battery]` states is not changed."""
    until = settings.client_ca.server_only_until
    if until is None or day > until or renewal.SERVER_ONLY in settings.battery:
        return settings.battery
    graced = {renewal.SERVER_ONLY: ProfilePolicy.ACCEPT, OTHER_PURPOSES: ProfilePolicy.REFUSE}
    return {**graced, **settings.battery}


def public_cas(
    identities: Mapping[str, ClientIdentity],
    credentials: Mapping[str, Credential | None],
    client_ca: ClientCaSettings,
) -> Mapping[str, str]:
    """Return, by name of each valid identity of a public CA, which of its renewals have no clientAuth, and the CA."""
    above = load_client_ca(client_ca).certificates
    found: dict[str, str] = {}
    for name, identity in identities.items():
        credential = credentials[name]
        if identity.is_control and credential is not None and (root := _root(credential, above)) is not None:
            found[name] = f"{first_renewal(credential.leaf)}, of {root.subject.rfc4514_string()}"
    return found


def renewal_notes(
    identities: Mapping[str, ClientIdentity],
    credentials: Mapping[str, Credential | None],
    settings: Settings,
    *,
    today: date,
) -> Iterator[str]:
    """Yield what the owner should know before the run."""
    for name, which in public_cas(identities, credentials, settings.client_ca).items():
        yield f'the certificate of "{name}" is of a public CA: without clientAuth are {which}'
    until = settings.client_ca.server_only_until
    if until is not None:
        rest = f"are accepted until {until}" if today <= until else f"must be refused since {until}"
        yield f"client certificates for servers only {rest} ([client-ca] server-only-until)"


def _root(credential: Credential, above: tuple[x509.Certificate, ...]) -> x509.Certificate | None:
    leaf, *others = credential.certificates
    return public_ca_of(leaf, (*others, *above), public_roots())

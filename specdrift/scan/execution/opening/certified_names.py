"""The names that the server's own certificate is for: a virtual host of the listener may trust other CAs, or none."""

from ipaddress import ip_address

from cryptography import x509

from specdrift.model.exchange.probe import Endpoint

DOT, ANY = ".", "*."
BELOW = "api."
"""Stands for ``ANY``: some name that a certificate for all names below another one is for."""


def certified_names(der: bytes, endpoint: Endpoint) -> tuple[str, ...]:
    """Return the other DNS names of the server's certificate, given as DER, as far as they are the owner's.

    At a public address a certificate may name sites of several owners, which must not get requests. There they are
    names below the target, or below its parent domain if the certificate is for that too: no CA certifies all names
    below `co.uk`. If the certificate has any other name, there are none.

    For all names below another one (``*.``) stands one of them: a virtual host of a pattern of names may have a policy
    of its own. At a public address it must be below the target: a neighbour's may be another owner's.
    """
    names = {name.lower().removeprefix(ANY) for name in _dns_names(der)}
    host = endpoint.server_name.lower()
    parent = host.partition(DOT)[2]
    domain = parent if parent in names else host
    if not (_is_private(endpoint.address) or all(_is_below(name, domain) for name in names)):
        return ()
    tried = (
        BELOW + name.removeprefix(ANY) if name.startswith(ANY) else name
        for name in map(str.lower, _dns_names(der))
        if not name.startswith(ANY) or _is_private(endpoint.address) or _is_below(name, host)
    )
    return tuple(dict.fromkeys(name for name in tried if name not in (host, endpoint.host.lower())))


def _dns_names(der: bytes) -> list[str]:
    """Return the DNS names of a certificate; none if it has none or cannot be read."""
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return []
    return found.get_values_for_type(x509.DNSName)


def _is_below(name: str, parent: str) -> bool:
    return name == parent or name.endswith(DOT + parent)


def _is_private(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False

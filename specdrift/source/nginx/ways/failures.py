"""The results of a verification that failed: a configuration may admit some of them."""

from collections.abc import Callable

from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.gateway.exchange import Decision
from specdrift.source.nginx.variables import UNTRUSTED

OTHERS = (
    "FAILED:unable to get local issuer certificate",
    "FAILED:self-signed certificate",
    "FAILED:self signed certificate",
    "FAILED:self-signed certificate in certificate chain",
    "FAILED:self signed certificate in certificate chain",
)
"""What else ``optional_no_ca`` lets through (``ngx_ssl_verify_error_optional``), as OpenSSL 1 and 3 write it."""


def with_each_failure(decide: Callable[[str], Decision], caller: GatewayCaller) -> Decision:
    """Return the decision; of a certificate of another CA the one by which a client gets furthest."""
    first = decide(UNTRUSTED)
    if caller is not GatewayCaller.UNTRUSTED or first.passage.admitted:
        return first
    for failure in OTHERS:
        found = decide(failure)
        if found.passage.admitted:
            return replace(found, reason=f"$ssl_client_verify is {failure}")
    return first

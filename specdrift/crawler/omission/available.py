"""Whether the extra ``tls-messages`` is installed, and its transport. Imports nothing of it before it is used."""

import importlib.util
import ssl
import warnings
from collections.abc import Mapping

from specdrift.crawler.http.transport import OneConnectionTransport
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.model.exchange.probe import Connection


def can_omit_messages() -> bool:
    """Return whether the client can omit messages of a handshake."""
    return importlib.util.find_spec("tlslite") is not None


def omitting_transport(
    connection: Connection,
    context: ssl.SSLContext | None,
    *,
    presented: ClientCertificate | None,
    verified: Mapping[str, bytes],
) -> OneConnectionTransport:
    """Return the transport of a connection whose client omits messages."""
    # tlslite imports asyncore, which is deprecated, where Python still has it.
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        from specdrift.crawler.omission.omitting_transport import OmittingTransport

    return OmittingTransport(connection, context, presented=presented, verified=verified)

"""Serves the variants of the API with owners."""

from __future__ import annotations

import ssl

from tests.servers.owned.api import OwnedApi
from tests.servers.python.tls import TlsServer, arguments, server_context


class Forgetful(OwnedApi):
    """The route of one item lacks the guard that the collection has."""

    open_items = True


VARIANTS = {"correct": OwnedApi, "item-open": Forgetful}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    context = server_context(options, ssl.CERT_OPTIONAL)
    TlsServer(context, VARIANTS[options.variant]).announce_and_serve()


if __name__ == "__main__":
    main()

"""Builds the crawler that sends the probes of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLContext

from specdrift import __version__
from specdrift.crawler.crawl import ContextFactory, Crawler
from specdrift.crawler.limits import Budget
from specdrift.model.exchange.probe import Connection, TlsRange
from specdrift.pki.context import client_context
from specdrift.scan.preparation.run import Run


def crawler_for(run: Run, *, spent: int = 0) -> Crawler:
    """Return the crawler; ``spent`` requests of the run's budget are used already."""
    headers = (
        ("User-Agent", f"specdrift/{__version__}"),
        ("X-Specdrift-Run", run.run_id),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    )
    return Crawler(
        contexts=tls_contexts(run),
        network=run.network,
        headers=headers,
        older_sessions={name: session.file for name, session in run.older_sessions.items()},
        budget=Budget.after(spent, limit=run.network.max_requests),
    )


def tls_contexts(run: Run) -> ContextFactory:
    """Return a factory of TLS contexts for the identities of a run.

    Kinds of connection that differ in what no context holds share one: to make it takes longer than a handshake.
    """
    made: dict[tuple[str, TlsRange, tuple[str, ...], bool], SSLContext] = {}

    @contextmanager
    def context(identity: str, connection: Connection) -> Iterator[SSLContext]:
        endpoints = (connection.endpoint, connection.resumes or connection.endpoint)
        other_name = any(endpoint.server_name != run.endpoint.server_name for endpoint in endpoints)
        key = (identity, connection.tls, connection.alpn, other_name)
        if key not in made:
            with client_context(
                run.credentials[identity], server=run.server, tls_range=connection.tls, alpn=connection.alpn
            ) as new:
                if other_name:
                    # The probe sends another SNI: the chain is verified, but the name in the certificate cannot match.
                    new.check_hostname = False
                made[key] = new
        yield made[key]

    return context

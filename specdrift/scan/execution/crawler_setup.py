"""Builds the crawler that sends the probes of a run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ssl import SSLContext

from specdrift import __version__
from specdrift.crawler.crawl import ContextFactory, Crawler
from specdrift.crawler.limits import Budget
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.model.exchange.probe import Connection, TlsRange
from specdrift.pki.context import client_context
from specdrift.pki.credential import ForgedKey, KeyFile
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
        client_certificates=client_certificates(run),
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


def client_certificates(run: Run) -> Callable[[str], ClientCertificate | None]:
    """Return a lookup of what each identity of a run presents over QUIC, and without some messages."""

    def presented(identity: str) -> ClientCertificate | None:
        credential = run.credentials[identity]
        if credential is None:
            return None
        key = credential.key
        if isinstance(key, KeyFile | ForgedKey):
            return ClientCertificate(problem=f'the key of "{identity}" cannot sign here: it is not in memory')
        try:
            return ClientCertificate(chain=credential.certificates, key=key)
        except ValueError:
            return ClientCertificate(problem=f'the certificate of "{identity}" is malformed')

    return presented

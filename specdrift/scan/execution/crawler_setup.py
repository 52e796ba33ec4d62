"""Builds the crawler that sends the probes of a run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ssl import SSLContext

from specdrift import __version__
from specdrift.body.metadata import Metadata
from specdrift.classify.check_names import CERTIFICATE
from specdrift.crawler.crawl import ContextFactory, Crawler, OfferSetter
from specdrift.crawler.limits import Budget
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.model.exchange.probe import Connection, fields_of_run
from specdrift.pki.context import client_context, offer
from specdrift.pki.credential import ForgedKey, KeyFile
from specdrift.scan.preparation.run import Run


def crawler_for(run: Run, *, spent: int = 0) -> Crawler:
    """Return the crawler; ``spent`` requests of the run's budget are used already."""
    return Crawler(
        contexts=tls_contexts(run),
        offers=tls_offers(run),
        client_certificates=client_certificates(run),
        network=run.network,
        headers=fields_of_run(run.run_id, __version__),
        metadata=Metadata(run.server.metadata_fields, run.server.metadata_members),
        older_sessions={name: session.file for name, session in run.older_sessions.items()},
        is_plain=lambda probe: probe.check == CERTIFICATE,
        is_valid=lambda name: name in run.identities and run.identities[name].is_control,
        budget=Budget.after(spent, limit=run.network.max_requests),
    )


def tls_contexts(run: Run, *, shared: bool = True) -> ContextFactory:
    """Return a factory of TLS contexts for the identities of a run.

    To make one takes as long as a handshake: if ``shared``, connections of an identity share one, and ``tls_offers``
    sets what each of them offers. Those of other programs and clients, which read it later, have their own.
    """
    made: dict[tuple[str, Connection | bool], SSLContext] = {}

    @contextmanager
    def context(identity: str, connection: Connection) -> Iterator[SSLContext]:
        key = (identity, bool(connection.alpn) if shared and _may_share(connection) else connection)
        if key not in made:
            with client_context(
                run.credentials[identity], server=run.server, tls_range=connection.tls, alpn=connection.alpn
            ) as new:
                made[key] = new
            if connection.ciphers:
                made[key].set_ciphers(connection.ciphers)
        tls_offers(run)(made[key], connection)
        yield made[key]

    return context


def _may_share(connection: Connection) -> bool:
    own = connection.early_data or connection.prior_session or connection.quic or connection.omits is not None
    return not (own or connection.ciphers)


def tls_offers(run: Run) -> OfferSetter:
    """Return what sets the TLS versions, protocols and names that the next connection of a context offers."""

    def set_for(context: SSLContext, connection: Connection) -> None:
        endpoints = (connection.endpoint, connection.resumes or connection.endpoint)
        offer(
            context,
            server=run.server,
            tls_range=connection.tls,
            alpn=connection.alpn,
            other_name=any(endpoint.server_name != run.endpoint.server_name for endpoint in endpoints),
        )

    return set_for


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

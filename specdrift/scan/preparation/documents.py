"""Loads the OpenAPI documents of a run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Self

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.loader import Bodies, ConfiguredParts, Matcher, load
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.plural import with_verb
from specdrift.model.policy import WITH_BODY
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.settings import LoaderSettings, Settings

_MOST_WEBHOOKS = 5
"""Webhooks that are named."""


class DocumentReading(Struct, frozen=True, kw_only=True):
    """How a document of the configuration is read, whether the current or an older one."""

    loader: LoaderSettings
    configured: ConfiguredParts
    bodies: Bodies

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take the settings that concern documents."""
        # The source analysis compares the bodies of all operations, sent or not.
        every = settings.selection.unsafe_methods in WITH_BODY or bool(settings.source.paths)
        return cls(
            loader=settings.loader,
            configured=ConfiguredParts(
                schemes=settings.schemes,
                requirements=settings.contract,
                operations=settings.operations,
                variables=settings.server.variables,
            ),
            bodies=Bodies.ALL if every else Bodies.WHERE_SENT,
        )


def load_contract(
    spec: str, reading: DocumentReading, *, stdin: BinaryIO | None = None, cwd: Path | None = None
) -> Contract:
    """Load a document. Raises UsageError if none is named, DocumentError if it cannot be read."""
    if not spec:
        raise UsageError("no document: name it as the first argument, or as `spec` in specdrift.toml")
    return load(
        spec,
        reading.loader,
        reading.configured,
        stdin=stdin,
        cwd=cwd,
        bodies=reading.bodies,
        inputs=True,
    )


def skipped_webhooks(contract: Contract) -> Iterator[Skipped]:
    """Yield an entry for the webhooks that require a client certificate, which the API sends to its consumers."""
    names = contract.guarded_webhooks
    if names:
        what = with_verb(
            len(names),
            "webhook",
            "requires a client certificate and was not probed",
            "require a client certificate and were not probed",
        )
        more = f" and {len(names) - _MOST_WEBHOOKS:,} more" if len(names) > _MOST_WEBHOOKS else ""
        reason = (
            f"{what}: {', '.join(names[:_MOST_WEBHOOKS])}{more} (webhooks are requests that the API sends)"
        )
        yield Skipped(kind=SkipReason.WEBHOOK, reason=reason)


class Lookups(Struct, frozen=True, kw_only=True):
    """What the document says about a request or a response."""

    documented: Callable[[str, str], bool]
    """Whether it has an operation for a method and a request target."""
    response_errors: Callable[[OperationKey, HttpFacts], tuple[str, ...]]
    """How a response differs from the declared ones."""

    @classmethod
    def of(cls, contract: Contract, base_url: str) -> Self:
        """Index the operations of a document below a base URL."""
        matcher = Matcher(contract, base_url)

        def documented(method: str, target: str) -> bool:
            return matcher.operation(method, target) is not None

        def response_errors(key: OperationKey, http: HttpFacts) -> tuple[str, ...]:
            return matcher.response_errors(
                key, http.status, http.header("content-type"), http.body_excerpt.encode()
            )

        return cls(documented=documented, response_errors=response_errors)

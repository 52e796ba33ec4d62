"""Prepares a run: loads documents and identities and selects operations. Sends nothing to the target."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass import plaintext
from specdrift.checks.core.base import Check
from specdrift.checks.credentials import issuer_metadata
from specdrift.checks.undocumented import grpc, undocumented
from specdrift.config.describe.files import naming_origins
from specdrift.config.describe.show import describe
from specdrift.differ.contract_changes import since
from specdrift.errors import concerning
from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.contract import Contract
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.result import Skipped
from specdrift.pki.context import check_trust
from specdrift.pki.session_file import older_sessions
from specdrift.pki.sources import Prompt
from specdrift.scan.first_shard import is_first
from specdrift.scan.issuers.metadata_urls import AllowedHosts, issuer_candidates, not_allowed_issuers
from specdrift.scan.older.older_document import load_older
from specdrift.scan.preparation.alternate_endpoints import not_allowed_hosts
from specdrift.scan.preparation.callers import Callers, load_callers, owners_notes
from specdrift.scan.preparation.changed_since import ChangedOperations, changed_operations
from specdrift.scan.preparation.check_selection import select_checks
from specdrift.scan.preparation.credentials.identity_command import IdentitySource, with_printed
from specdrift.scan.preparation.credentials.identity_schemes import with_schemes
from specdrift.scan.preparation.credentials.renewals import policies_on, public_cas, renewal_notes
from specdrift.scan.preparation.credentials.token_command import TokenSource, with_tokens
from specdrift.scan.preparation.documents import DocumentReading, Lookups, load_contract, skipped_webhooks
from specdrift.scan.preparation.redaction import NotingPrompt, secrets_for
from specdrift.scan.preparation.run import Run, client_files, revocations
from specdrift.scan.preparation.scope import UnmatchedPatterns, not_sent, nothing_guarded, removed_unprobed
from specdrift.scan.preparation.selection import OperationSelector
from specdrift.scan.preparation.shards import share
from specdrift.scan.preparation.target import Confirm, base_url_of, endpoint_of, path_of, with_document_path
from specdrift.scan.preparation.traffic_import import (
    ApiLocation,
    CandidatePolicy,
    Imported,
    for_grpc_alone,
    import_candidates,
    not_imported,
)
from specdrift.settings import Identity, NetworkSettings, SchemeSettings, Settings

if TYPE_CHECKING:
    from specdrift.source import ReadSources
    from specdrift.traffic import TrafficImport


def prepare(
    settings: Settings,
    *,
    prompt: Prompt | None = None,
    confirm: Confirm | None = None,
    tokens: TokenSource = with_tokens,
    printed: IdentitySource = with_printed,
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Run:
    """Prepare a run. Raises SpecdriftError for a document, identity or option that cannot be used.

    ``confirm`` asks whether a server that only the document names may be contacted. ``tokens`` adds the tokens that
    commands print, and ``printed`` the identities.
    """
    with naming_origins(settings):
        return _prepared(settings, prompt, confirm, tokens=tokens, printed=printed, stdin=stdin, cwd=cwd)


def _prepared(
    settings: Settings,
    prompt: Prompt | None,
    confirm: Confirm | None,
    *,
    tokens: TokenSource,
    printed: IdentitySource,
    stdin: BinaryIO | None,
    cwd: Path | None,
) -> Run:
    settings = replace(settings, identities=printed(settings.identities))
    noting = NotingPrompt(prompt) if prompt else None
    inputs = _load(settings, prompt=noting, confirm=confirm, stdin=stdin, cwd=cwd)
    schemes = tokens(settings.schemes)
    run = _selected(settings, inputs, schemes, cwd=cwd)
    entered = noting.entered if noting else ()
    secrets = secrets_for(settings, inputs.contract, schemes, names=run.secret_headers, entered=entered)
    run = replace(run, secrets=secrets)
    elsewhere = _at_document_path(settings, inputs)
    if elsewhere is None:
        return run
    return replace(
        run,
        at_document_path=lambda: replace(_selected(settings, elsewhere, schemes, cwd=cwd), secrets=secrets),
    )


def _selected(
    settings: Settings, inputs: "_Inputs", schemes: Mapping[str, SchemeSettings], *, cwd: Path | None
) -> Run:
    """Select the operations and make the run."""
    selector = OperationSelector(
        selection=settings.selection,
        entries=settings.operations,
        schemes=schemes,
        identities=inputs.callers.identities,
        distinguished=inputs.contract.distinguishes_schemes,
        bases=BasePaths(base_url=inputs.base_url, servers=inputs.contract.servers),
    )
    chosen = _changed(inputs.contract, selector, settings, cwd=cwd)
    imported = _imported(settings, inputs) if is_first(settings.selection.shard) else Imported()
    run = replace(_run(settings, inputs, chosen, imported), replanned=selector.replanned)
    run = _with_issuers(run, schemes)
    if not settings.parameters.learn:
        return run
    return replace(run, learns=True, sources=chosen.sources, recorded=imported.recorded)


def _at_document_path(settings: Settings, inputs: "_Inputs") -> "_Inputs | None":
    """Return the inputs below the document's base path; ``None`` if the base URL was not given, or ends with it."""
    base_url = with_document_path(inputs.base_url, inputs.contract) if settings.base_url else ""
    if not base_url:
        return None
    lookups = Lookups.of(inputs.contract, base_url)
    location = replace(inputs.location, base_path=path_of(base_url), documented=lookups.documented)
    return replace(inputs, base_url=base_url, lookups=lookups, location=location)


class _Inputs(Struct, frozen=True, kw_only=True):
    """What is loaded before operations are selected."""

    contract: Contract
    base_url: str
    checks: tuple[Check, ...]
    rules: frozenset[str]
    callers: Callers
    lookups: Lookups
    location: ApiLocation
    analysis: "ReadSources | None"


def _load(
    settings: Settings,
    *,
    prompt: Prompt | None,
    confirm: Confirm | None,
    stdin: BinaryIO | None,
    cwd: Path | None,
) -> _Inputs:
    contract = load_contract(settings.spec, DocumentReading.of(settings), stdin=stdin, cwd=cwd)
    base_url = base_url_of(
        settings.base_url, contract, allow_hosts=settings.network.allow_hosts, confirm=confirm
    )
    checks, rules = select_checks(settings.checks)
    with concerning("server.ca-file"):
        check_trust(settings.server)
    callers = load_callers(
        with_schemes(settings.identities, contract),
        client_ca=settings.client_ca,
        policies=policies_on(_today(), settings),
        prompt=prompt,
        now=datetime.now(UTC),
    )
    lookups = Lookups.of(contract, base_url)
    return _Inputs(
        contract=contract,
        base_url=base_url,
        checks=checks,
        rules=rules,
        callers=callers,
        lookups=lookups,
        location=ApiLocation(
            endpoint=endpoint_of(base_url, settings.server, settings.network),
            base_path=path_of(base_url),
            documented=lookups.documented,
            names=settings.server.names,
            listeners=settings.server.listeners,
        ),
        analysis=_analysed(settings, contract, cwd=cwd),
    )


def _run(settings: Settings, inputs: _Inputs, chosen: ChangedOperations, imported: Imported) -> Run:
    contract, callers, shard = inputs.contract, inputs.callers, settings.selection.shard
    selection = share(chosen.selection, shard, callers.identities.values())
    return Run(
        run_id=token_hex(6),
        contract=contract,
        identities=callers.identities,
        credentials=callers.credentials,
        operations=selection.operations,
        checks=inputs.checks,
        rules=inputs.rules,
        endpoint=inputs.location.endpoint,
        base_url=inputs.base_url,
        base_path=inputs.location.base_path,
        lookups=inputs.lookups,
        network=settings.network,
        server=settings.server,
        gate=settings.gate,
        recording=settings.recording,
        shard=shard,
        exhaustive=settings.checks.exhaustive,
        only_safe=settings.selection.unsafe_methods is UnsafeMethods.NEVER,
        only_changed=bool(settings.selection.changed_since),
        added=chosen.added,
        settings=describe(settings),
        client_files=client_files(settings.identities),
        skipped=(
            *selection.skipped,
            *callers.skipped,
            *imported.skipped,
            *_not_probed(inputs, settings.network),
        ),
        secret_headers=(*selection.secret_names, *settings.redact.names),
        factory=callers.factory,
        policies=policies_on(_today(), settings),
        public_cas=public_cas(callers.identities, callers.credentials, settings.client_ca),
        notes=(*chosen.notes, *not_sent(selection.operations), *imported.notes, *_notes(settings, callers)),
        source_analysis=inputs.analysis,
        nothing_guarded=nothing_guarded(contract, chosen.sources, chosen.selection.skipped),
        undecided=(*chosen.undecided, *removed_unprobed(chosen.candidates, inputs.checks, inputs.rules)),
        older_sessions=older_sessions(settings.identities),
        revocations=revocations(settings.identities),
        candidates=(*chosen.candidates, *imported.candidates) if is_first(shard) else (),
    )


def _notes(settings: Settings, callers: Callers) -> Iterator[str]:
    """Yield what the user should know of the certificates before anything is sent."""
    yield from owners_notes(callers.factory)
    yield from _to_be_revoked(settings.identities)
    yield from renewal_notes(callers.identities, callers.credentials, settings, today=_today())


def _with_issuers(run: Run, schemes: Mapping[str, SchemeSettings]) -> Run:
    """Add where the metadata of token issuers may be, if a check requests them and a certificate matters."""
    probed = issuer_metadata.CHECK in run.checks and run.contract.names_certificates
    if not (probed and is_first(run.shard)):
        return run
    hosts = AllowedHosts(base_url=run.base_url, target=run.endpoint, network=run.network)
    return replace(
        run,
        issuers=issuer_candidates(run.contract, schemes, hosts),
        skipped=(*run.skipped, *not_allowed_issuers(run.contract, schemes, hosts)),
    )


def _not_probed(inputs: _Inputs, network: NetworkSettings) -> Iterator[Skipped]:
    """Yield webhooks, and the hosts of the document that are not allowed, if a check would probe them."""
    yield from skipped_webhooks(inputs.contract)
    if plaintext.CHECK in inputs.checks:
        yield from not_allowed_hosts(inputs.contract, inputs.location.endpoint, network.allow_hosts)


def _today() -> date:
    return datetime.now(UTC).date()


def _to_be_revoked(identities: Iterable[Identity]) -> Iterator[str]:
    for name in revocations(identities):
        yield f'the certificate of "{name}" is revoked at the end of the run (revoke-command)'


def _imported(settings: Settings, inputs: _Inputs) -> Imported:
    """Import traffic and source routes, if a check probes what they name."""
    feeds = settings.undocumented.feeds
    if undocumented.CHECK not in inputs.checks and grpc.CHECK not in inputs.checks:
        return not_imported(feeds)
    with concerning("undocumented.feeds"):
        imported = import_candidates(
            feeds,
            inputs.contract,
            inputs.location,
            policy=CandidatePolicy.of(settings, base_path=inputs.location.base_path),
            source=_routes_of(inputs),
        )
    return imported if undocumented.CHECK in inputs.checks else for_grpc_alone(imported, feeds)


def _analysed(settings: Settings, contract: Contract, *, cwd: Path | None) -> "ReadSources | None":
    """Analyse the configured sources. What reads them is imported only for that."""
    if not settings.source.paths:
        return None
    from specdrift.scan.preparation.source_analysis import read_source

    with concerning("source.crate"):
        return read_source(settings.source, contract, cwd=cwd)


def _routes_of(inputs: _Inputs) -> "tuple[TrafficImport, ...]":
    if inputs.analysis is None:
        return ()
    from specdrift.scan.preparation.source_analysis import imports_from_source

    return imports_from_source(inputs.analysis, inputs.contract)


def _changed(
    contract: Contract, selector: OperationSelector, settings: Settings, *, cwd: Path | None
) -> ChangedOperations:
    """Select operations; with ``--changed-since`` only those that differ from the older document."""
    selection = selector.select(contract.operations)
    source = selector.selection.changed_since
    if not source:
        unmatched = UnmatchedPatterns(settings.selection, contract.operations)
        return _stating(unmatched, ChangedOperations(selection=selection, sources=selection.operations))
    older = load_older(source, settings, cwd=cwd)
    changes = since(older, contract)
    removed = selector.below(older.servers).select(changes.removed)
    found = changed_operations(selection, changes, source=source, removed=removed.operations)
    skipped = (*found.selection.skipped, *removed.skipped)
    found = replace(found, selection=replace(found.selection, skipped=skipped), sources=selection.operations)
    # An operation that was removed is named by a pattern, too.
    known = (*contract.operations, *older.operations) if contract.operations else ()
    return _stating(UnmatchedPatterns(settings.selection, known), found)


def _stating(unmatched: UnmatchedPatterns, chosen: ChangedOperations) -> ChangedOperations:
    return replace(chosen, notes=(*unmatched.notes(), *chosen.notes), undecided=tuple(unmatched.undecided()))

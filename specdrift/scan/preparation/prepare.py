"""Loads the document and the identities and decides what will be asked. Nothing is sent to the target yet."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from specdrift.checks import CHECKS
from specdrift.checks.bypass import plaintext
from specdrift.checks.core.base import Check
from specdrift.checks.undocumented import undocumented
from specdrift.classify.exchange_log import CERTIFICATE
from specdrift.differ.contract_changes import since
from specdrift.errors import UsageError
from specdrift.loader import Bodies, Matcher, load
from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.policy import UnsafeMethods
from specdrift.pki.session_file import older_sessions
from specdrift.pki.sources import Prompt
from specdrift.scan.preparation.alternate_endpoints import elsewhere
from specdrift.scan.preparation.callers import load_callers
from specdrift.scan.preparation.changed_since import Narrowed, narrowed
from specdrift.scan.preparation.credentials.token_command import with_tokens
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.selection import Selection, select
from specdrift.scan.preparation.shards import is_first, share
from specdrift.scan.preparation.source_analysis import imports_from_source, read_source
from specdrift.scan.preparation.target import base_url_of, endpoint_of, path_of
from specdrift.scan.preparation.traffic_import import Fed, feed, unfed
from specdrift.settings import Settings
from specdrift.source import SourceAnalysis


def prepare(
    settings: Settings,
    *,
    prompt: Prompt | None = None,
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Run:
    """Makes a run ready. Raises SpecdriftError for a document, identity or option that cannot be used."""
    contract = load_contract(settings, stdin=stdin, cwd=cwd)
    base_url = base_url_of(settings, contract)
    checks, rules = chosen_checks(settings)
    callers = load_callers(settings, prompt=prompt, now=datetime.now(UTC))
    base_path = path_of(base_url)
    choose = partial(
        select,
        settings=replace(settings, schemes=with_tokens(settings.schemes)),
        identities=callers.identities,
    )
    bases = BasePaths(base_url=base_url, servers=contract.servers)
    chosen = _since(settings, contract, choose, bases, cwd=cwd)
    selection = share(chosen.selection, settings.selection.shard, callers.identities.values())
    documented, response_errors = lookups(contract, base_url)
    first, crate = is_first(settings.selection.shard), settings.source.crate
    source_analysis = read_source(settings, crate, contract, cwd=cwd) if crate else None
    grounds = Grounds(endpoint=endpoint_of(base_url, settings), base_path=base_path, documented=documented)
    fed = _fed(settings, contract, grounds, checks, source_analysis) if first else Fed()
    unasked = elsewhere(contract, grounds.endpoint, settings) if plaintext.CHECK in checks else ()
    return Run(
        run_id=secrets.token_hex(6),
        settings=settings,
        contract=contract,
        identities=callers.identities,
        credentials=callers.credentials,
        subjects=selection.subjects,
        checks=checks,
        rules=rules,
        endpoint=grounds.endpoint,
        base_url=base_url,
        base_path=base_path,
        documented=documented,
        response_errors=response_errors,
        skipped=(*selection.skipped, *callers.skipped, *fed.skipped, *unasked),
        secret_headers=(*selection.secret_names, *settings.redact.names),
        workshop=callers.workshop,
        notes=(*_nothing_selected(settings, contract, chosen.selection), *chosen.notes, *fed.notes),
        source_analysis=source_analysis,
        older_sessions=older_sessions(settings.identities),
        leads=(*chosen.leads, *fed.candidates) if first else (),
    )


def _nothing_selected(settings: Settings, contract: Contract, selection: Selection) -> Iterator[str]:
    """A misspelt path selects nothing, and that must not pass without a word."""
    if contract.operations and not (
        selection.subjects or selection.skipped or settings.selection.changed_since
    ):
        given = [text for member in astuple(settings.selection.include) for text in member]
        yield f"no operation of the document is meant by what is included: {', '.join(given)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Where the API is, and what of it the document has."""

    endpoint: Endpoint
    base_path: str
    documented: Callable[[str, str], bool]


def _fed(
    settings: Settings,
    contract: Contract,
    grounds: Grounds,
    checks: tuple[Check, ...],
    source_analysis: SourceAnalysis | None,
) -> Fed:
    """What feeds and source speak of, if there is a check that asks for it."""
    if undocumented.CHECK not in checks:
        return unfed(settings)
    return feed(
        settings,
        contract,
        endpoint=grounds.endpoint,
        base_path=grounds.base_path,
        documented=grounds.documented,
        source=imports_from_source(source_analysis, contract) if source_analysis else (),
    )


def _since(
    settings: Settings,
    contract: Contract,
    choose: Callable[..., Selection],
    bases: BasePaths,
    *,
    cwd: Path | None,
) -> Narrowed:
    """The owner's selection, and of it what has changed since the document of ``--changed-since``."""
    selection = choose(contract.operations, bases=bases)
    if not settings.selection.changed_since:
        return Narrowed(selection=selection)
    older = load_older(settings.selection.changed_since, settings, cwd=cwd)
    changed = since(older, contract)
    removed = choose(changed.removed, bases=replace(bases, servers=older.servers))
    narrow = narrowed(selection, changed, source=settings.selection.changed_since, removed=removed.subjects)
    return replace(
        narrow, selection=replace(narrow.selection, skipped=(*narrow.selection.skipped, *removed.skipped))
    )


Lookups = tuple[Callable[[str, str], bool], Callable[[OperationKey, HttpFacts], tuple[str, ...]]]


def lookups(contract: Contract, base_url: str) -> Lookups:
    """Whether the document has an operation for a method and target, and what an answer has that it does not."""
    matcher = Matcher(contract, base_url)

    def documented(method: str, target: str) -> bool:
        return matcher.operation(method, target) is not None

    def response_errors(key: OperationKey, http: HttpFacts) -> tuple[str, ...]:
        return matcher.response_errors(
            key, http.status, http.header("content-type"), http.body_excerpt.encode()
        )

    return documented, response_errors


def load_contract(settings: Settings, *, stdin: BinaryIO | None = None, cwd: Path | None = None) -> Contract:
    """The document that the settings name."""
    if not settings.spec:
        raise UsageError("no document: name it as the first argument, or as `spec` in specdrift.toml")
    # What the source takes as a body is held against all that the document says of bodies.
    every = settings.selection.unsafe_methods is UnsafeMethods.SEND or settings.source.crate is not None
    return load(
        settings.spec,
        settings.loader,
        schemes=settings.schemes,
        operations=settings.operations,
        variables=settings.server.variables,
        stdin=stdin,
        cwd=cwd,
        bodies=Bodies.ALL if every else Bodies.WHERE_SENT,
        inputs=True,
    )


def load_older(
    source: str, settings: Settings, *, stdin: BinaryIO | None = None, cwd: Path | None = None
) -> Contract:
    """Another document, read as the one of the settings is: ``--against`` and ``--changed-since``."""
    return load_contract(replace(settings, spec=source), stdin=stdin, cwd=cwd)


def chosen_checks(settings: Settings) -> tuple[tuple[Check, ...], frozenset[str]]:
    """The checks to be run and the rules that they may report. What all others are held against always runs.

    The name of a check means the check, that of a rule the rule, whichever checks report it.
    """
    wanted, skipped = frozenset(settings.checks.only), frozenset(settings.checks.skip)
    chosen = {check.name: _chosen(check, wanted) - skipped for check in CHECKS if check.name not in skipped}
    controls = {check.name for check in CHECKS if not check.rules} | {CERTIFICATE}
    checks = tuple(check for check in CHECKS if check.name in controls or chosen.get(check.name))
    return checks, frozenset(rule for rules in chosen.values() for rule in rules)


def _chosen(check: Check, wanted: frozenset[str]) -> frozenset[str]:
    """The rules of a check that are wanted; all of them where nothing is said, or the check itself is named."""
    return check.rules if not wanted or check.name in wanted else check.rules & wanted

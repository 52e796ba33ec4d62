"""Handlers that authenticate the caller in their own code."""

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import answers_data
from specdrift.source.axum.guards.access_profiles import AccessProfile, AccessProfiles, total
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.outcomes.early_effects import effect_before_refusal
from specdrift.source.axum.guards.outcomes.guard_kinds import Guard, is_input, kind_of
from specdrift.source.axum.guards.outcomes.refusal_statuses import answers_success
from specdrift.source.axum.path_attributes import parameter_types
from specdrift.source.axum.syntax.values import FunctionValue
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import short

OWN = frozenset({Guarding.CERTIFICATE, Guarding.IDENTITY, Guarding.UNKNOWN})
"""Kinds of checks that are one of a certificate, or may be."""


def check_of(
    handler: FunctionValue, module: RustModule, profiles: AccessProfiles, case: AbsentCase, *, behind: bool
) -> Guard | None:
    """Return the guard that a handler is by its own code; ``None`` if it is none.

    ``behind``: an extractor rejects before the handler runs, whose check is no check of the handler itself.
    """
    node = handler.item.body if handler.item else handler.closure
    if node is None:
        return None
    profile = profiles.of_node(node, module)
    extractors = [profiles.of_extractor(kind, module) for kind in parameter_types(handler)]
    reads = total((profile, *extractors)).reads
    rejects = not behind and _rejects(handler, module, reads, case)
    kind = kind_of(AccessProfile(reads, refuses=profile.refuses or rejects))
    if kind not in OWN or (not rejects and _succeeds(handler, module, case)):
        return None
    doubtful = handler.code is None or answers_success(profiles, handler, handler.code, module)
    early = effect_before_refusal(handler, case) if rejects and not doubtful else None
    kind = kind if rejects and not doubtful and early is None else Guarding.UNKNOWN
    late = any(map(is_input, parameter_types(handler)))
    why = f", which first runs {short(early)} ({module.file.place(early)})," if early is not None else ""
    return Guard(kind, f"{handler.name} itself{why}", after_input=late)


def _rejects(handler: FunctionValue, module: RustModule, reads: Reads, case: AbsentCase) -> bool:
    known = handler.code is not None and bool(reads & (Reads.CERTIFICATE | Reads.IDENTITY))
    return known and handler.code is not None and case.rejects(handler.code, module)


def _succeeds(handler: FunctionValue, module: RustModule, case: AbsentCase) -> bool:
    """Return whether a handler surely answers a client without a certificate with a success, whatever it checks."""
    found = case.alone(handler.code, module, "") if handler.code is not None else None
    return found is not None and found.reached and not found.effects.doubtful and answers_data(found.value)

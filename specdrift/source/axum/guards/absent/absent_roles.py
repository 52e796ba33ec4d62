"""Whether a comparison with a role decides anything: the code is evaluated with the role and without it."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.rust.items import RustModule


def has_no_effect(base: AbsentCase, code: Node, module: RustModule, role: str) -> bool:
    """Return whether code compares something with a role and ends in the same ways whatever the outcome."""
    without, with_it = (_ends(base, code, module, role, granted=granted) for granted in (False, True))
    return without is not None and without == with_it


def _ends(
    base: AbsentCase, code: Node, module: RustModule, role: str, *, granted: bool
) -> frozenset[int] | None:
    """Return the places that refuse or forward a request; ``None`` if no comparison with the role was met."""
    case = AbsentCase(
        base.profiles,
        base.expressions,
        base.insertions,
        base.conditions,
        connection=False,
        role=(role.lower(), granted),
    )
    case.outcome(code, module)
    return frozenset(case.ends) if case.compared and not case.overran else None

"""Whether two answers are of the same kind. Pure."""

from specdrift.model.observation import BodyShape, HttpFacts

RELATED = 0.6
"""Share of common members (Jaccard) from which two bodies count as variants of one answer."""


def same_answer(one: HttpFacts, other: HttpFacts) -> bool:
    """Same status and the same body structure: what one handler gives to two callers."""
    return one.status == other.status and _same_shape(one.shape, other.shape)


def related_answer(one: HttpFacts, other: HttpFacts) -> bool:
    """Same status, and bodies that share most of their members: one handler, other data."""
    if one.status != other.status or one.shape.kind != other.shape.kind:
        return False
    return _overlap(one.shape.members, other.shape.members) >= RELATED


def _same_shape(one: BodyShape, other: BodyShape) -> bool:
    return one.kind == other.kind and one.skeleton == other.skeleton


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a | b else 0.0

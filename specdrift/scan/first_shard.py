"""Tells the first shard of a run from the others, without the stages that select what a shard probes."""


def is_first(shard: tuple[int, int] | None) -> bool:
    """Whether the shard probes what concerns no operation."""
    return shard is None or shard[0] == 1

"""The keys that say which operations are meant, at the top and in ``[[operations]]``."""

from specdrift.config.keys import kinds
from specdrift.config.keys.table import Key


def selectors(*, options: bool, group: str = "") -> tuple[Key, ...]:
    """``include-path`` … ``exclude-operation-id``, at the top and in ``[[operations]]``."""
    words = (
        ("path", "paths", kinds.TEXTS, "path template or pattern"),
        ("method", "methods", kinds.METHODS, "HTTP method"),
        ("tag", "tags", kinds.TEXTS, "tag"),
        ("operation-id", "operation_ids", kinds.TEXTS, "operationId"),
    )
    verbs = (("include", "Only operations with this"), ("exclude", "No operations with this"))
    return tuple(
        Key(
            name=f"{verb}-{word}",
            kind=kind,
            help=f"{sentence} {what}.",
            option=f"--{verb}-{word}" if options else "",
            field=f"{group}{verb}.{member}",
        )
        for verb, sentence in verbs
        for word, member, kind, what in words
    )

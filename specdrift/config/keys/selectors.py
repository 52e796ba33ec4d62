"""Keys that select operations, at the top and in ``[[operations]]``."""

from specdrift.config.keys.config_key import Key, Section
from specdrift.config.value_types import plain


def selectors(*, options: bool, group: str = "") -> tuple[Key, ...]:
    """``include-path`` to ``exclude-operation-id``, with or without command-line options."""
    members = (
        ("path", "paths", plain.TEXTS, "path template or pattern"),
        ("method", "methods", plain.METHODS, "HTTP method"),
        ("tag", "tags", plain.TEXTS, "tag"),
        ("operation-id", "operation_ids", plain.TEXTS, "operationId"),
    )
    verbs = (("include", "Only operations with this"), ("exclude", "No operations with this"))
    return tuple(
        Key(
            name=f"{verb}-{word}",
            value_type=value_type,
            help=f"{sentence} {what}.",
            option=f"--{verb}-{word}" if options else "",
            section=Section.SCOPE,
            field=f"{group}{verb}.{member}",
        )
        for verb, sentence in verbs
        for word, member, value_type, what in members
    )

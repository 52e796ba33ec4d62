"""The keys about what a run writes."""

from specdrift.config.keys import kinds
from specdrift.config.keys.table import Group, Key, Shape

REPORTS = Group(
    name="reports",
    about="Files that are written, by format",
    shape=Shape.FREE,
    values=kinds.OUTPUT,
)

REDACT = Group(
    name="redact",
    about="What is secret, beside the usual credentials and the values of `[schemes]`",
    keys=(
        Key(
            name="names",
            kind=kinds.NAMES,
            help="Headers, cookies and query parameters whose values are never shown.",
        ),
    ),
)

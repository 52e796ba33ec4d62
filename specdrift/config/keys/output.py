"""Keys of ``[reports]`` and ``[redact]``."""

from specdrift.config.keys.config_key import Group, Key, Shape
from specdrift.config.value_types import plain

REPORTS = Group(
    name="reports",
    about="Report files, by format",
    shape=Shape.FREE,
    values=plain.OUTPUT,
)

REDACT = Group(
    name="redact",
    about="Secret names, in addition to standard credentials and the values of `[schemes]`",
    keys=(
        Key(
            name="names",
            value_type=plain.NAMES,
            help="Headers, cookies and query parameters whose values are redacted.",
        ),
    ),
)

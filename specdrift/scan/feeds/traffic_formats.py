"""The traffic formats of this installation."""

from specdrift.plugins import load_plugins
from specdrift.traffic import ENTRY_POINTS, FORMATS, TrafficFormat


def traffic_formats() -> tuple[TrafficFormat, ...]:
    """Return the formats that installed packages add, then the built-in ones. Raises UsageError for a broken one.

    Added formats come first: a built-in one may take a special case of its own format for its own.
    """
    return (*load_plugins(ENTRY_POINTS, TrafficFormat), *FORMATS)  # type: ignore[type-abstract] # a protocol

"""The names that a configuration may use, gathered from those who define them."""

from specdrift.checks import CHECKS
from specdrift.config import Known
from specdrift.pki.battery import PROFILES
from specdrift.reports import FORMATS


def known_names() -> Known:
    """Checks go by their own name, or by that of a rule which they report; profiles by name or family."""
    return Known(
        checks=frozenset(name for check in CHECKS for name in (check.name, *check.rules)),
        profiles=frozenset(name for profile in PROFILES.values() for name in (profile.name, profile.family)),
        formats=frozenset(FORMATS),
    )

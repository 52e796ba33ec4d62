"""Names that a configuration may use, collected from the parts that define them."""

from specdrift.checks import CHECKS
from specdrift.config import AllowedNames
from specdrift.pki.battery import PROFILES
from specdrift.reports import all_formats


def allowed_names() -> AllowedNames:
    """A check has its own name and those of its rules; a profile has its name and its family's."""
    return AllowedNames(
        checks=frozenset(name for check in CHECKS for name in (check.name, *check.rules)),
        profiles=frozenset(name for profile in PROFILES.values() for name in (profile.name, profile.family)),
        formats=frozenset(all_formats()),
        endings=frozenset(form.extension for form in all_formats().values()),
    )

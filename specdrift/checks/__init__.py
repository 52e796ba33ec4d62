"""What is asked of the target and what the answers mean: one check, one file, one line in ``CHECKS``."""

from specdrift.checks import (
    certificate,
    consistency,
    method_variant,
    mistaken_identity,
    path_variant,
    roles,
    undocumented,
    unknown_path,
)
from specdrift.checks.base import Check

CHECKS: tuple[Check, ...] = (
    unknown_path.CHECK,
    certificate.CHECK,
    consistency.CHECK,
    mistaken_identity.CHECK,
    method_variant.CHECK,
    path_variant.CHECK,
    roles.CHECK,
    undocumented.CHECK,
)

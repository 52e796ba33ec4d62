"""What is asked of the target and what the answers mean: one check, one file, one line in ``CHECKS``."""

from specdrift.checks import certificate, consistency, mistaken_identity, roles, undocumented, unknown_path
from specdrift.checks.base import Check

CHECKS: tuple[Check, ...] = (
    unknown_path.CHECK,
    certificate.CHECK,
    consistency.CHECK,
    mistaken_identity.CHECK,
    roles.CHECK,
    undocumented.CHECK,
)

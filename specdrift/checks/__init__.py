"""What is asked of the target and what the answers mean: one check, one file, one line in ``CHECKS``."""

from specdrift.checks import (
    bound_token,
    certificate,
    combinations,
    consistency,
    forwarded,
    input_denial,
    input_validation,
    method_variant,
    mistaken_identity,
    names,
    other_ways,
    path_variant,
    plaintext,
    protocols,
    resumption,
    roles,
    undocumented,
    unknown_path,
)
from specdrift.checks.base import Check

CHECKS: tuple[Check, ...] = (
    unknown_path.CHECK,
    certificate.CHECK,
    consistency.CHECK,
    other_ways.CHECK,
    mistaken_identity.CHECK,
    combinations.CHECK,
    bound_token.CHECK,
    method_variant.CHECK,
    path_variant.CHECK,
    plaintext.CHECK,
    names.CHECK,
    protocols.CHECK,
    resumption.CHECK,
    forwarded.CHECK,
    roles.CHECK,
    input_validation.CHECK,
    input_denial.CHECK,
    undocumented.CHECK,
)

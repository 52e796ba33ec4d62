"""What is asked of the target and what the answers mean: one check, one file, one line in ``CHECKS``."""

from specdrift.checks.bypass import method_variant, names, path_variant, plaintext, protocols, resumption
from specdrift.checks.certificate import certificate, consistency, mistaken_identity, roles, unknown_path
from specdrift.checks.certificate import connection_variants as other_ways
from specdrift.checks.core.base import Check
from specdrift.checks.credentials import bound_token, combinations
from specdrift.checks.forwarded import forwarded
from specdrift.checks.inputs import denial as input_denial
from specdrift.checks.inputs import validation as input_validation
from specdrift.checks.undocumented import undocumented

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

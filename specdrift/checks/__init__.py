"""The checks: each plans probes and judges their exchanges."""

from specdrift.checks.bypass import (
    http3,
    method_variant,
    names,
    omitted_messages,
    outlived,
    path_variant,
    plaintext,
    protocols,
    resumption,
    undeclared_input,
)
from specdrift.checks.certificate import (
    certificate,
    connection_variants,
    consistency,
    heads,
    mistaken_identity,
    never_requested,
    optional,
    public_issuers,
    roles,
    unknown_path,
)
from specdrift.checks.core.base import Check
from specdrift.checks.credentials import (
    bound_token,
    combinations,
    forgeable,
    issuer_metadata,
    renewal,
    revoked,
    revoked_session,
    session_cookie,
)
from specdrift.checks.effects import effect
from specdrift.checks.forwarded import elsewhere, forwarded, proxy_protocol
from specdrift.checks.inputs import callbacks, input_denial, input_validation
from specdrift.checks.undocumented import data_elsewhere, grpc, other_listeners, undocumented

CHECKS: tuple[Check, ...] = (
    unknown_path.CHECK,
    certificate.CHECK,
    heads.CHECK,
    never_requested.CHECK,
    public_issuers.CHECK,
    renewal.CHECK,
    callbacks.CHECK,
    consistency.CHECK,
    effect.CHECK,
    connection_variants.CHECK,
    mistaken_identity.CHECK,
    optional.CHECK,
    combinations.CHECK,
    bound_token.CHECK,
    issuer_metadata.CHECK,
    forgeable.CHECK,
    session_cookie.CHECK,
    method_variant.CHECK,
    path_variant.CHECK,
    undeclared_input.CHECK,
    plaintext.CHECK,
    names.CHECK,
    protocols.CHECK,
    http3.CHECK,
    omitted_messages.CHECK,
    resumption.CHECK,
    outlived.CHECK,
    revoked.CHECK,
    revoked_session.CHECK,
    forwarded.CHECK,
    elsewhere.CHECK,
    proxy_protocol.CHECK,
    roles.CHECK,
    input_validation.CHECK,
    input_denial.CHECK,
    undocumented.CHECK,
    other_listeners.CHECK,
    grpc.CHECK,
    data_elsewhere.CHECK,
)

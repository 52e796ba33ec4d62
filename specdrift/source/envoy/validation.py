"""What an Envoy listener verifies client certificates with."""

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.envoy.matchers import text_matches
from specdrift.source.envoy.resources import Resources
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode

FETCHED = "a validation context that is fetched"
SECRET = "validation_context_sds_secret_config"  # noqa: S105 - the name of a member
_NAMES = "match_typed_subject_alt_names"
_CHOSEN = ("verify_certificate_hash", "verify_certificate_spki", "match_subject_alt_names")
"""Members by which some certificates of the CA are accepted, and others are not."""


_READ = frozenset(
    {_NAMES, *_CHOSEN, "trusted_ca", "trust_chain_verification", "custom_validator_config"}
    | {"ca_certificate_provider_instance", "system_root_certs", "only_verify_leaf_cert_crl"}
)
_STRICTER = frozenset(
    {"crl", "max_verify_depth", "require_signed_certificate_timestamp", "watched_directory"}
)
"""Members that accept no certificate which the others refuse."""


class Validation(Struct, frozen=True, eq=False):
    """CertificateValidationContexts that are merged: a member of a later one replaces that of an earlier one."""

    contexts: tuple[YamlNode, ...]

    @property
    def place(self) -> SourceLocation:
        """Where the last context stands that has something."""
        return next((one for one in reversed(self.contexts) if one), self.contexts[0]).place

    def has(self, name: str) -> bool:
        return any(one.has(name) for one in self.contexts)

    def get(self, name: str) -> YamlNode:
        return next(
            (one.get(name) for one in reversed(self.contexts) if one.has(name)), self.contexts[0].get(name)
        )

    @property
    def unread(self) -> YamlNode | None:
        """A member that may accept certificates which the CA's verification refuses, such as expired ones."""
        for one in self.contexts:
            for name, node in one.entries():
                if name not in _READ | _STRICTER and node.value is not False:
                    return node
        return None


def accepts(validation: Validation, presented: PresentedCertificate) -> bool:
    """Return whether a known certificate of the CA is one of those that are accepted. Raises Undetermined."""
    strange = next((one for one in _CHOSEN if validation.has(one)), None)
    if strange is not None:
        raise Undetermined("which certificates of the CA are accepted", validation.get(strange).place)
    names = validation.get(_NAMES)
    if not names.value:
        return True
    return any(_has_name(one, presented) for one in names.items())


def _has_name(one: YamlNode, presented: PresentedCertificate) -> bool:
    """Return whether the certificate has a name that a SubjectAltNameMatcher means. Raises Undetermined."""
    kind, matcher = one.get("san_type").written, one.get("matcher")
    names = {"URI": presented.uris, "DNS": presented.dns}.get(kind)
    if names is None or (kind == "DNS" and any("*" in name for name in names)):
        raise Undetermined("a name of the certificate", one.place)
    return any(text_matches(matcher, name) for name in names)


def validation_of(common: YamlNode, resources: Resources) -> Validation:
    """Return the validation of a CommonTlsContext. Raises Undetermined where a part of it is fetched."""
    if common.has("custom_validator_config"):
        raise Undetermined(FETCHED, common.get("custom_validator_config").place)
    combined = common.get("combined_validation_context")
    if combined.value is not None:
        default = combined.get("default_validation_context")
        return Validation((default, _secret(combined.get(SECRET), resources)))
    if common.has(SECRET):
        return Validation((_secret(common.get(SECRET), resources),))
    return Validation((common.get("validation_context"),))


def _secret(reference: YamlNode, resources: Resources) -> YamlNode:
    secret = resources.secret(reference)
    if secret is None:
        raise Undetermined(FETCHED, reference.place)
    return secret.get("validation_context")

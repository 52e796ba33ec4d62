"""Client certificates at a listener of the Gateway API (GEP-91)."""

from collections.abc import Mapping

from specdrift.model.result.gateway import GatewayClientAuth
from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes import shapes
from specdrift.source.kubernetes.grants import Grants, ObjectReference
from specdrift.source.kubernetes.listeners.entrances import ClientValidation
from specdrift.source.kubernetes.manifests import KubernetesObject

MODES: Mapping[str, GatewayClientAuth] = {
    "": GatewayClientAuth.REQUIRED,
    "AllowValidOnly": GatewayClientAuth.REQUIRED,
    "AllowInsecureFallback": GatewayClientAuth.UNVERIFIED,
}
ISTIO_MODE = "gateway.istio.io/tls-terminate-mode"
"""Option with a mode of Istio."""
ISTIO_MODES: Mapping[str, GatewayClientAuth] = {
    "SIMPLE": GatewayClientAuth.NONE,
    "ISTIO_SIMPLE": GatewayClientAuth.NONE,
    "MUTUAL": GatewayClientAuth.REQUIRED,
    "OPTIONAL_MUTUAL": GatewayClientAuth.OPTIONAL,
    "ISTIO_MUTUAL": GatewayClientAuth.REQUIRED,
}
AUTHORITIES = frozenset({"ConfigMap", "Secret"})


def validation_of(gateway: KubernetesObject, listener: YamlNode, grants: Grants) -> ClientValidation:
    """Return what a listener does about client certificates.

    The configuration of its port overrides the default of the gateway; older versions have one for the listener itself.
    """
    none = ClientValidation(GatewayClientAuth.NONE, listener.place)
    if listener.get("protocol").written not in ("HTTPS", "TLS"):
        return none
    tls = listener.get("tls")
    for name, node in tls.get("options").entries():
        if name == ISTIO_MODE and node.written in ISTIO_MODES:
            return ClientValidation(ISTIO_MODES[node.written], node.place)
        unknown = Unknown(f"the TLS option {name[:60]}", node.place)
        return ClientValidation(GatewayClientAuth.OPTIONAL, node.place, unknown)
    for name, node in gateway.spec.get("tls").entries():
        if name not in ("frontend", "backend"):
            unknown = Unknown(f"{name[:60]} of the gateway's TLS", node.place)
            return ClientValidation(GatewayClientAuth.OPTIONAL, node.place, unknown)
    validation = _in_force(gateway, listener)
    return _of_validation(validation, gateway, grants) if validation.value is not None else none


def _in_force(gateway: KubernetesObject, listener: YamlNode) -> YamlNode:
    own = listener.get("tls", "frontendValidation")
    if own.value is not None:
        return own
    frontend = gateway.spec.get("tls", "frontend")
    port = listener.get("port").number
    for one in frontend.get("perPort").items():
        if one.get("port").number == port:
            return one.get("tls", "validation")
    return frontend.get("default", "validation")


def _of_validation(node: YamlNode, gateway: KubernetesObject, grants: Grants) -> ClientValidation:
    mode = node.get("mode")
    auth = MODES.get(shapes.text(mode, ""))
    place = mode.place if mode else node.place
    if auth is None:
        return ClientValidation(
            GatewayClientAuth.OPTIONAL, place, Unknown(f"the mode {mode.written[:40]}", place)
        )
    return ClientValidation(auth, place, _authorities_unknown(node, gateway, grants))


def _authorities_unknown(node: YamlNode, gateway: KubernetesObject, grants: Grants) -> Unknown | None:
    """Return what about the CA certificates is not known."""
    references = tuple(node.get("caCertificateRefs").items())
    if not references:
        return Unknown("client validation without CA certificates", node.place)
    for one in references:
        kind = one.get("kind").written or "ConfigMap"
        if kind not in AUTHORITIES or one.get("group").written or not one.get("name").written:
            return Unknown(f"CA certificates of the kind {kind[:60]}", one.place)
        namespace = one.get("namespace").written or gateway.namespace
        allowed = grants.allow(
            ObjectReference(gateway, kind, "", one.get("name").written, namespace, one.place)
        )
        if isinstance(allowed, Unknown):
            return allowed
    return None

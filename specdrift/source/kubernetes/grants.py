"""ReferenceGrant: which namespaces may refer to objects of another one."""

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.truth import Truth, Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.kubernetes.workloads import GATEWAY_API


class ObjectReference(Struct, frozen=True):
    """A reference from a resource to an object."""

    source: KubernetesObject
    kind: str
    """Of the object."""
    group: str
    name: str
    namespace: str
    at: SourceLocation


class Grants(Struct, frozen=True, eq=False):
    """The grants of the files. One that is not there may be elsewhere."""

    found: dict[str, tuple[KubernetesObject, ...]]
    """By the namespace of the objects."""

    @classmethod
    def of(cls, manifests: Manifests) -> "Grants":
        found: dict[str, tuple[KubernetesObject, ...]] = {}
        for one in manifests.of(GATEWAY_API, "ReferenceGrant"):
            found[one.namespace] = (*found.get(one.namespace, ()), one)
        return cls(found)

    def allow(self, reference: ObjectReference) -> Truth:
        """Return whether a resource may refer to an object. Within a namespace each may."""
        if reference.namespace == reference.source.namespace:
            return True
        for grant in self.found.get(reference.namespace, ()):
            sources = any(_is_source(one, reference) for one in grant.spec.get("from").items())
            if sources and any(_is_target(one, reference) for one in grant.spec.get("to").items()):
                return True
        return Unknown(
            f"a ReferenceGrant for {reference.kind} {reference.name} of another namespace", reference.at
        )


def _is_source(node: YamlNode, reference: ObjectReference) -> bool:
    own = reference.source
    written = (node.get("group").written, node.get("kind").written, node.get("namespace").written)
    return written == (own.group, own.kind, own.namespace)


def _is_target(node: YamlNode, reference: ObjectReference) -> bool:
    if (node.get("group").written, node.get("kind").written) != (reference.group, reference.kind):
        return False
    return not node.has("name") or node.get("name").written == reference.name

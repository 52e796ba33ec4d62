"""Guards that some builds do not have, and guards that answer without a refusal."""

from tree_sitter import Node

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.access_profiles import AccessProfile
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.syntax.values import RouterLayer
from specdrift.source.rust.conditions import is_in_release
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustModule


def in_builds(kind: Guarding, layer: RouterLayer, index: CrateIndex) -> Guarding:
    """Return the kind of a guard; unknown if usual builds have it, and others do not."""
    module = layer.module
    if not (kind.certain and layer.conditional) or module is None:
        return kind
    node = module.file.root.descendant_for_byte_range(layer.spot[1], layer.spot[1] + 1)
    usual = node is not None and is_in_release(node, index.features_of(module))
    return Guarding.UNKNOWN if usual else kind


def without_refusal(profile: AccessProfile, code: Node, module: RustModule, case: AbsentCase) -> Guarding:
    """Classify a middleware that looks at the caller and refuses nothing by a status that says so.

    Unknown if it answers every request without a certificate by itself, with whatever.
    """
    if profile.refuses or not profile.reads & (Reads.CERTIFICATE | Reads.IDENTITY):
        return Guarding.NONE
    found, other = case.alone(code, module, ""), case.otherwise().alone(code, module, "")
    answers = found is not None and found.reached and not found.forwarded
    return Guarding.UNKNOWN if answers and other is not None and other.forwarded else Guarding.NONE

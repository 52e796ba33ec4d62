"""Finds guards and extractors that trust a header, Host, or an identity that is already in the request."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import ABSENT, REJECTION
from specdrift.source.axum.guards.access_profiles import REFUSES, AccessProfile, AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.guard_exits import LONGEST, GuardExits
from specdrift.source.axum.guards.marked_pattern import MarkedPattern
from specdrift.source.axum.guards.outcomes.guard_kinds import needs_certificate
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.axum.syntax.values import AxumEndpoint, RouterLayer
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants, text

PASSES = re.compile(r"\bnext\s*\.\s*run\s*\(|\.inner\s*\.\s*call\s*\(|\bOk\s*\(\s*(?:Self|Some)\b")
INSERTS = re.compile(r"\.extensions_mut\s*\(\)\s*\.\s*insert|\.extensions\s*\.\s*insert")
VERIFIES = re.compile(
    r"\b(?:decode|verify|validate|introspect|check_token|authenticate)\w*\s*(?:::<[^>]*>)?\("
)
IDENTITY, HEADER = "identity-not-revalidated", "identity-from-header"
BY_REQUEST = "guard-by-request"
CHECKS_NOTHING = "guard-checks-nothing"
READS_REQUEST = MarkedPattern(
    re.compile(r"\.uri\s*\(\)|\.method\s*\(\)|\bOriginalUri\b|\bMatchedPath\b"),
    (".uri", ".method", "OriginalUri", "MatchedPath"),
)
CALLER = Reads.CERTIFICATE | Reads.IDENTITY | Reads.CREDENTIAL | Reads.FORWARDED
STATEMENTS = frozenset({"call_expression", "expression_statement", "let_declaration"})


@dataclass(frozen=True, slots=True, eq=False)
class GuardWeaknesses:
    """Inspects the functions of layers in effect and the extractors of handlers."""

    profiles: AccessProfiles
    exits: GuardExits
    case: AbsentCase

    def findings(
        self, endpoints: Iterable[AxumEndpoint], extractors: Iterable[RustItem]
    ) -> Iterator[SourceFinding]:
        """Yield the findings of each function once."""
        seen: set[int] = set()
        for endpoint in endpoints:
            for layer in endpoint.layers:
                item = layer.function.item if layer.function else None
                if item is not None and item.node.id not in seen:
                    seen.add(item.node.id)
                    yield from self._of_layer(item, layer)
        for item in extractors:
            if item.node.id not in seen:
                seen.add(item.node.id)
                yield from self._of_extractor(item)

    def _of_layer(self, item: RustItem, layer: RouterLayer) -> Iterator[SourceFinding]:
        confidence = Confidence.MEDIUM if layer.conditional else Confidence.HIGH
        profile = self.profiles.of_item(item)
        extensions = self._parameters(item)
        yield from self._without_effect(item, layer)
        if profile.refuses and Reads.CERTIFICATE in profile.reads | extensions.reads:
            yield from self._shortcuts(item, confidence, (layer,))
            if (condition := decides(item.node)) is not None:
                yield self._finding(BY_REQUEST, item, condition, _WHY[BY_REQUEST], layers=(layer,))
        elif self._inserts_a_claim(item):
            yield self._finding(
                HEADER,
                item,
                _first(item.node, INSERTS),
                "A header value becomes the identity of the caller",
                layers=(layer,),
            )

    def _without_effect(self, item: RustItem, layer: RouterLayer) -> Iterator[SourceFinding]:
        """Report a middleware that passes every request on, or rejects after the handler has run."""
        function = layer.function
        long = item.node.end_byte - item.node.start_byte > LONGEST
        if function is None or long or not self.exits.forwards(item.node):
            return
        given = parameters_of(function, item.module)
        if any(self.profiles.of_extractor(kind, module).refuses for kind, module in given):
            return  # an argument rejects before the function runs
        if self.exits.passes_all(function):
            if needs_certificate(self.case, self.profiles, item.node, item.module):
                return  # it panics without one
            if self.exits.is_idle(item.node) or REFUSES.search(text(item.node)):
                yield checks_nothing(item.file.place(item.node), item.name, layer.location)
            return
        late = self.exits.rejects_late(item.node, item.module)
        reads = self.profiles.of_item(item).reads | self._parameters(item).reads
        known = late is not None and (late.type != "try_expression" or self._refuses_all(item))
        if late is not None and known and reads & CALLER:
            what = "The guard runs the handler first and rejects the caller afterwards"
            yield self._finding(CHECKS_NOTHING, item, late, what, layers=(layer,))

    def _refuses_all(self, item: RustItem) -> bool:
        """Return whether a middleware refuses every client without a certificate, whatever it has run before."""
        found = self.case.alone(item.node, item.module, item.owner)
        return found is not None and bool(found.value) and found.value <= {ABSENT, REJECTION}

    def _parameters(self, item: RustItem) -> AccessProfile:
        return self.profiles.of_node(syntax.field(item.node, "parameters") or item.node, item.module)

    def _inserts_a_claim(self, item: RustItem) -> bool:
        source_text = text(item.node)
        profile = self.profiles.of_item(item)
        return (
            INSERTS.search(source_text) is not None
            and profile.believes_headers
            and VERIFIES.search(source_text) is None
        )

    def _shortcuts(
        self, item: RustItem, confidence: Confidence, layers: tuple[RouterLayer, ...]
    ) -> Iterator[SourceFinding]:
        """Report branches of a guard that admit callers for another reason than their certificate."""
        for node in descendants(item.node):
            if node.type != "if_expression":
                continue
            condition, then = syntax.field(node, "condition"), syntax.field(node, "consequence")
            if condition is None or then is None or not PASSES.search(text(then)):
                continue
            rule = self._reason(item, condition)
            if rule:
                why = _WHY[rule]
                yield self._finding(rule, item, condition, why, layers=layers, confidence=confidence)

    def _reason(self, item: RustItem, condition: Node) -> str:
        """Return the rule that a condition violates; empty for none."""
        reads = self._reads(item, condition)
        if reads & (Reads.HOST | Reads.HEADER | Reads.FORWARDED) and Reads.CREDENTIAL not in reads:
            return HEADER
        return IDENTITY if reads & (Reads.IDENTITY | Reads.UNPROVEN) else ""

    def _reads(self, item: RustItem, condition: Node) -> Reads:
        """Return what a condition reads, directly and through extractor parameters."""
        reads = self.profiles.of_node(condition, item.module).reads
        names = {text(node) for node in descendants(condition) if node.type == "identifier"}
        for name, kind in bound_by_extension(item):
            key = self.profiles.types.key(kind.split("::"), item.module)
            if name in names and self.profiles.types.of_type(key) is not Reads.CERTIFICATE:
                reads |= Reads.UNPROVEN
        return reads

    def _of_extractor(self, item: RustItem) -> Iterator[SourceFinding]:
        profile = self.profiles.of_item(item)
        certificate = profile.reads & (Reads.CERTIFICATE | Reads.IDENTITY)
        if certificate and profile.believes_headers:
            place = _first(item.node, re.compile(r"\bor_else\b|\bor\s*\(|\bunwrap_or|\bheaders\b"))
            yield self._finding(
                HEADER, item, place, "An extractor takes the identity of the caller from a header"
            )

    def _finding(
        self,
        rule: str,
        item: RustItem,
        node: Node,
        what: str,
        *,
        layers: tuple[RouterLayer, ...] = (),
        confidence: Confidence = Confidence.HIGH,
    ) -> SourceFinding:
        return SourceFinding(
            rule=rule,
            message=f"{what} ({item}).",
            location=item.file.place(node),
            confidence=confidence,
            related=tuple(layer.location for layer in layers),
            subject=str(item),
        )


def checks_nothing(place: SourceLocation, name: str, layer: SourceLocation) -> SourceFinding:
    """Return the finding of a middleware that passes every request on."""
    return SourceFinding(
        rule=CHECKS_NOTHING,
        message=f"{name} passes every request to the handler: no path through it rejects the caller.",
        location=place,
        related=(layer,),
        subject=place.text.strip(),
    )


def decides(code: Node | None) -> Node | None:
    """Return the condition by which a guard skips requests by path or method."""
    if code is None or not READS_REQUEST.occurs(text(code), ""):
        return None
    for node in descendants(code):
        if node.type == "if_expression" and PASSES.search(text(node)):
            return syntax.field(node, "condition")
    return None


_WHY = {
    BY_REQUEST: "The guard skips requests by path or method, and later code may parse these differently",
    HEADER: "The guard admits callers by the value of a header",
    IDENTITY: "The guard accepts an identity already in the request and skips the certificate check",
}


def _first(node: Node, pattern: re.Pattern[str]) -> Node:
    """Return the smallest statement or call that matches first."""
    best = node
    for child in descendants(node):
        inside = best is node or (best.start_byte <= child.start_byte and child.end_byte <= best.end_byte)
        if inside and child.type in STATEMENTS and pattern.search(text(child)):
            best = child
    return best


def bound_by_extension(item: RustItem) -> Iterator[tuple[str, str]]:
    """Yield the names bound by ``Extension(name): Extension<Type>``, each with its type."""
    for found in re.finditer(
        r"\bExtension\s*\(\s*(?:mut\s+)?(\w+)\s*\)\s*:\s*(?:\w+::)*Extension\s*<\s*((?:\w+::)*\w+)",
        text(syntax.field(item.node, "parameters")),
    ):
        yield found[1], found[2]

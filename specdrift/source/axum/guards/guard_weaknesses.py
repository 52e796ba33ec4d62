"""Finds guards and extractors that trust a header, Host, or an identity that is already in the request."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.source.axum.builds import is_surely_built
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_forwarding import is_forward
from specdrift.source.axum.guards.access_profiles import REFUSES, AccessProfile, AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.cases.deciding_code import DecidingCode, deciding_code
from specdrift.source.axum.guards.guard_exits import LONGEST, GuardExits
from specdrift.source.axum.guards.marked_pattern import MarkedPattern
from specdrift.source.axum.guards.outcomes.guard_kinds import needs_certificate
from specdrift.source.axum.guards.outcomes.late_refusals import refused_late, written_late
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


class GuardWeaknesses(Struct, frozen=True, eq=False):
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
                for code in self._surely_built(layer) if layer.gate is None else ():
                    if code.node.id not in seen:
                        seen.add(code.node.id)
                        yield from self._of_layer(code, layer)
        for item in extractors:
            if item.node.id not in seen:
                seen.add(item.node.id)
                yield from self._of_extractor(DecidingCode(item.node, item.module, item.owner, item))

    def _surely_built(self, layer: RouterLayer) -> list[DecidingCode]:
        """Return the code of a layer; of several that builds have under one name, the one that is built for sure."""
        every = [*deciding_code(layer, self.profiles)]
        if layer.function is None or len(every) < 2:
            return every
        index = self.profiles.index
        return [one for one in every if one.item is not None and is_surely_built(one.item, index)]

    def _of_layer(self, code: DecidingCode, layer: RouterLayer) -> Iterator[SourceFinding]:
        confidence = Confidence.MEDIUM if layer.conditional else Confidence.HIGH
        profile = code.profile(self.profiles)
        extensions = self._parameters(code)
        yield from self._without_effect(code, layer)
        if profile.refuses and Reads.CERTIFICATE in profile.reads | extensions.reads:
            yield from self._shortcuts(code, confidence, (layer,))
            if (condition := decides(code.node)) is not None:
                yield self._finding(BY_REQUEST, code, condition, _WHY[BY_REQUEST], layers=(layer,))
        elif self._inserts_a_claim(code):
            yield self._finding(
                HEADER,
                code,
                _first(code.node, INSERTS),
                "A header value becomes the identity of the caller",
                layers=(layer,),
            )

    def _without_effect(self, code: DecidingCode, layer: RouterLayer) -> Iterator[SourceFinding]:
        """Report a middleware that passes every request on, or rejects after the handler has run."""
        long = code.node.end_byte - code.node.start_byte > LONGEST
        if long:
            return
        function = layer.function
        given = parameters_of(function, code.module) if function is not None else ()
        if any(self.profiles.of_extractor(kind, module).refuses for kind, module in given):
            return  # an argument rejects before the function runs
        if (
            function is not None
            and code.item is not None
            and self.exits.passes_all(replace(function, item=code.item))
        ):
            if needs_certificate(self.case, self.profiles, code.node, code.module):
                return  # it panics without one
            if self.exits.is_idle(code.node) or REFUSES.search(text(code.node)):
                yield checks_nothing(code.place, code.item.name, layer.location)
            return
        late = refused_late(self.case, *code.parts) or self._late(code)
        if late is not None:
            what = "The guard runs the handler first and rejects the caller afterwards"
            yield self._finding(CHECKS_NOTHING, code, late, what, layers=(layer,))

    def _late(self, code: DecidingCode) -> Node | None:
        """Return a rejection behind the call of the handler, by what is not known of clients without a certificate."""
        late = written_late(self.exits, code.node, code.module)
        reads = code.profile(self.profiles).reads | self._parameters(code).reads
        return late if late is not None and late.type != "try_expression" and reads & CALLER else None

    def _parameters(self, code: DecidingCode) -> AccessProfile:
        return self.profiles.of_node(syntax.field(code.node, "parameters") or code.node, code.module)

    def _inserts_a_claim(self, code: DecidingCode) -> bool:
        source_text = text(code.node)
        profile = code.profile(self.profiles)
        return (
            INSERTS.search(source_text) is not None
            and profile.believes_headers
            and VERIFIES.search(source_text) is None
        )

    def _shortcuts(
        self, code: DecidingCode, confidence: Confidence, layers: tuple[RouterLayer, ...]
    ) -> Iterator[SourceFinding]:
        """Report branches of a guard that admit callers for another reason than their certificate."""
        for node in descendants(code.node):
            if node.type != "if_expression":
                continue
            condition, then = syntax.field(node, "condition"), syntax.field(node, "consequence")
            if condition is None or then is None or not _passes_on(then):
                continue
            rule = self._reason(code, condition)
            if rule:
                why = _WHY[rule]
                yield self._finding(rule, code, condition, why, layers=layers, confidence=confidence)

    def _reason(self, code: DecidingCode, condition: Node) -> str:
        """Return the rule that a condition violates; empty for none."""
        reads = self._reads(code, condition)
        if reads & (Reads.HOST | Reads.HEADER | Reads.FORWARDED) and Reads.CREDENTIAL not in reads:
            return HEADER
        return IDENTITY if reads & (Reads.IDENTITY | Reads.UNPROVEN) else ""

    def _reads(self, code: DecidingCode, condition: Node) -> Reads:
        """Return what a condition reads, directly and through extractor parameters."""
        reads = self.profiles.of_node(condition, code.module).reads
        names = {text(node) for node in descendants(condition) if node.type == "identifier"}
        for name, kind in bound_by_extension(code.node):
            key = self.profiles.types.key(kind.split("::"), code.module)
            if name in names and self.profiles.types.of_type(key) is not Reads.CERTIFICATE:
                reads |= Reads.UNPROVEN
        return reads

    def _of_extractor(self, code: DecidingCode) -> Iterator[SourceFinding]:
        profile = code.profile(self.profiles)
        certificate = profile.reads & (Reads.CERTIFICATE | Reads.IDENTITY)
        if certificate and profile.believes_headers:
            place = _first(code.node, re.compile(r"\bor_else\b|\bor\s*\(|\bunwrap_or|\bheaders\b"))
            yield self._finding(
                HEADER, code, place, "An extractor takes the identity of the caller from a header"
            )

    def _finding(
        self,
        rule: str,
        code: DecidingCode,
        node: Node,
        what: str,
        *,
        layers: tuple[RouterLayer, ...] = (),
        confidence: Confidence = Confidence.HIGH,
    ) -> SourceFinding:
        return SourceFinding(
            rule=rule,
            message=f"{what} ({code.name}).",
            location=code.module.file.place(node),
            confidence=confidence,
            related=tuple(layer.location for layer in layers),
            subject=code.name,
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
        if node.type == "if_expression" and _passes_on(node):
            return syntax.field(node, "condition")
    return None


def _passes_on(code: Node) -> bool:
    """Return whether code may pass a request on."""
    return PASSES.search(text(code)) is not None or any(map(is_forward, descendants(code)))


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


def bound_by_extension(code: Node) -> Iterator[tuple[str, str]]:
    """Yield the names bound by ``Extension(name): Extension<Type>``, each with its type."""
    for found in re.finditer(
        r"\bExtension\s*\(\s*(?:mut\s+)?(\w+)\s*\)\s*:\s*(?:\w+::)*Extension\s*<\s*((?:\w+::)*\w+)",
        text(syntax.field(code, "parameters")),
    ):
        yield found[1], found[2]

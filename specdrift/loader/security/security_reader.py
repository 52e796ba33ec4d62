"""Reads the effective ``security`` member of each operation, with its location."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from specdrift.loader.dialects import Dialect, Feature
from specdrift.loader.document_findings import DocumentFindings, beside_reference, near
from specdrift.loader.nearest import nearest
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.security.checked_mapping import checked_mapping, type_name
from specdrift.loader.security.demand import Alternative, demand_of
from specdrift.loader.security.scheme_reader import SecuritySchemes
from specdrift.loader.security.split_documents import (
    OtherRoot,
    SplitDocuments,
    places,
    same_requirement,
)
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import (
    WITH_SCOPES,
    Demand,
    Origin,
    Requirement,
    SchemeType,
    SchemeUse,
)
from specdrift.model.result.drift import Severity

_MOST_COMPARED = 30
_MOST_TYPOS = 3
"""Letters too many or too few in a misspelt name."""

_UNDECLARED = Requirement(alternatives=(), origin=Origin.NONE, demand=Demand.UNDECLARED)


class _Member(NamedTuple):
    """A ``security`` member as read. ``undefined`` are its names that nothing defines."""

    requirement: Requirement
    location: SourceLocation
    undefined: tuple[str, ...]


class SecurityReader:
    """Reads the requirement of each operation: its own member, else the root's (never both)."""

    def __init__(
        self,
        root: DocumentNode,
        dialect: Dialect,
        schemes: SecuritySchemes,
        findings: DocumentFindings,
        *,
        others: SplitDocuments | None = None,
    ) -> None:
        self._others = others
        self._readers: dict[int, SecurityReader] = {}
        self._schemes = schemes
        self._findings = findings
        self._dialect = dialect
        self._version = str(root.value.get(dialect.member))
        self._inherited: SourceLocation | None = None
        self.mentioned: set[str] = set()
        self.unreadable = False
        """Whether a requirement does not say which schemes it means."""
        self._undefined: set[str] = set()
        self._root = self._member(root, "the document", Origin.ROOT)
        self._inherited = self._root.location if self._root else None

    def effective(
        self, operation: DocumentNode, key: OperationKey, declared_at: SourceLocation
    ) -> tuple[Requirement, SourceLocation]:
        """The requirement in force, and the place that decides it: a ``security`` key, else the method's."""
        member = self._member(operation, key, Origin.OPERATION) or self._root
        if member is not None and member.requirement.demand is Demand.UNKNOWN:
            for name in member.undefined:
                self._findings.unjudged("undefined-security-scheme", name, key)
            return member.requirement, member.location
        found = (_UNDECLARED, declared_at) if member is None else (member.requirement, member.location)
        return self._as_both_documents_state(operation, key, found)

    def _as_both_documents_state(
        self, operation: DocumentNode, key: OperationKey, found: tuple[Requirement, SourceLocation]
    ) -> tuple[Requirement, SourceLocation]:
        """Return the requirement; unknown where the complete document that has the operation states another one."""
        other = self._others.root_of(operation) if self._others else None
        stated = self._stated(operation, key, other) if other else None
        if other is None or stated is None or same_requirement(stated.requirement, found[0]):
            return found
        requirement, here = found
        declared = places((requirement, stated.requirement), (self._schemes.location, other.schemes.location))
        at, *related = declared or (stated.location, here)
        self._findings.add(
            "contradictory-security",
            f"{near(stated.location, here) if declared else at} gives {key} another requirement than the entry "
            "document, and OpenAPI does not define which applies: it cannot be judged. Let both require the same, or "
            f'give the operation a "security" with schemes that both define alike.',
            at,
            cause=(at, *related),
            severity=Severity.ERROR,
            related=related,
        )
        reason = "the document that it stands in and the entry document require different credentials"
        return _unknown(requirement.origin, f"{reason} ({' and '.join(map(str, (at, *related)))})"), here

    def _stated(self, operation: DocumentNode, key: OperationKey, other: OtherRoot) -> "_Member | None":
        """Return what the document of an operation states itself: its member, else the root's of that document."""
        root, dialect, _, findings = other.document
        reader = self._readers.get(id(root.document))
        if reader is None:
            reader = self._readers[id(root.document)] = SecurityReader(root, dialect, other.schemes, findings)
        return reader._member(operation, key, Origin.OPERATION) or reader._root

    def agreed(
        self,
        operation: DocumentNode,
        others: Sequence[DocumentNode],
        key: OperationKey,
        declared_at: SourceLocation,
    ) -> tuple[Requirement, SourceLocation]:
        """As :meth:`effective`; unknown where another definition of the operation requires something else.

        OpenAPI does not define which of them applies (Path Item Object, ``$ref``).
        """
        requirement, location = self.effective(operation, key, declared_at)
        for other in others:
            theirs, there = self.effective(other, key, other.here)
            if (theirs.demand, theirs.alternatives) != (requirement.demand, requirement.alternatives):
                self._findings.add(
                    "ref-siblings",
                    f'{key} requires something else beside "$ref" than there ({near(there, location)}), and OpenAPI '
                    "does not define which applies: it cannot be judged. Keep one.",
                    location,
                    severity=Severity.ERROR,
                    related=[there],
                )
                return _unknown(
                    Origin.OPERATION, 'it is defined beside "$ref", and differently there'
                ), location
        if others:
            self._findings.add("ref-siblings", beside_reference(key.method.lower()), declared_at)
        return requirement, location

    def _member(self, holder: DocumentNode, what: object, origin: Origin) -> _Member | None:
        """Return the ``security`` of an object; unreadable where an unknown field may be meant as that."""
        if not isinstance(holder.value, dict):
            return None
        if "security" in holder.value:
            return self._read(holder, what, origin)
        name = next((one for one in holder.value if _may_mean_security(one)), None)
        if name is None:
            return None
        self.unreadable = True
        location = holder.key(name)
        self._findings.add(
            "invalid-security",
            f'"{name}" is not a field of {what}. Did you mean "security"? What it requires cannot be judged.',
            location,
        )
        return _Member(_unknown(origin, f'"{name}" may be "security"'), location, ())

    def _read(self, holder: DocumentNode, what: object, origin: Origin) -> _Member:
        location = holder.key("security")
        node = holder.child("security")
        undefined: list[str] = []
        problem = self._problem(node.value, location)
        if problem:
            self.unreadable = True
            self._findings.add("invalid-security", problem, location)
            reason = f'"security" is {type_name(node.value)}'
            return _Member(_unknown(origin, reason), location, ())
        alternatives = self._alternatives(node, what, undefined)
        if alternatives is None:
            self.unreadable = True
            return _Member(_unknown(origin, 'an entry of "security" is not a map'), location, ())
        self._report_superfluous(node, alternatives)
        demand = demand_of(alternatives)
        reason = self._reason(alternatives) if demand is Demand.UNKNOWN else ""
        requirement = Requirement(alternatives=alternatives, origin=origin, demand=demand, reason=reason)
        return _Member(requirement, location, tuple(undefined))

    def _problem(self, value: object, location: SourceLocation) -> str:
        if isinstance(value, list):
            return ""
        if isinstance(value, dict):
            first = next(iter(value), None)
            remedy = f'put a dash before "{first}".' if first else 'write [] for "no security".'
            return f'"security" is a map; {remedy}'
        if value is None:
            inherit = f" to inherit {near(self._inherited, location)}" if self._inherited else ""
            return f'"security" is null. Write [] for "no security", or delete the line{inherit}.'
        return f'"security" is {type_name(value)}; it must be a list, such as "- mtls: []".'

    def _alternatives(
        self, node: DocumentNode, what: object, undefined: list[str]
    ) -> tuple[Alternative, ...] | None:
        found = []
        for index, value in enumerate(node.value):
            item = node.item(index)
            if checked_mapping(item, f"the security of {what}", self._findings) is None:
                self._report_entry(value, node)
                return None
            found.append(tuple(self._use(item, name, undefined) for name in item.value))
        return tuple(found)

    def _report_entry(self, value: object, node: DocumentNode) -> None:
        message = (
            f'"{value}" needs a colon and a list: write "- {value}: []".'
            if isinstance(value, str)
            else f'an entry of "security" is {type_name(value)}; name a scheme, such as "- mtls: []".'
        )
        self._findings.add("invalid-security", message, node.here)

    def _use(self, item: DocumentNode, name: str, undefined: list[str]) -> SchemeUse:
        self.mentioned.add(name)
        scheme = self._schemes.find(name, item)
        if scheme is None:
            scheme = self._schemes.undefined(name)
            undefined.append(name)
            self.unreadable = True
            self._report_undefined(item, name)
        self.mentioned.add(scheme.name)
        return SchemeUse(scheme=scheme, scopes=self._scopes(item, name, scheme.type))

    def _report_undefined(self, item: DocumentNode, name: str) -> None:
        if name not in self._undefined and not self._findings.full:
            self._undefined.add(name)
            location = item.key(name)
            self._findings.add(
                "undefined-security-scheme",
                f'security scheme "{name}" is not defined.{self._schemes.suggestion(name, location)}',
                location,
                cause=name,
            )

    def _scopes(self, item: DocumentNode, name: str, type_: SchemeType) -> tuple[str, ...]:
        value = item.value[name]
        if not isinstance(value, list):
            self._findings.add(
                "invalid-security", f'"{name}:" needs a list: write "{name}: []".', item.key(name)
            )
            return ()
        if value and Feature.ROLES not in self._dialect.features and type_ not in WITH_SCOPES:
            self._findings.add(
                "invalid-security",
                f'a list of roles for "{name}" needs OpenAPI 3.1, and this document is {self._version}. '
                f'Change the version, or write "{name}: []".',
                item.key(name),
                cause=("roles", name),
                severity=Severity.WARNING,
            )
        return tuple(_scope(scope) for scope in value if isinstance(scope, str | int | float))

    def _report_superfluous(self, node: DocumentNode, alternatives: tuple[Alternative, ...]) -> None:
        """``[{a}, {a, b}]``: the second asks for more than the first, so it is never needed."""
        needs = [frozenset((use.scheme.name, use.scopes) for use in one) for one in alternatives]
        needs = needs[:_MOST_COMPARED]
        for index, need in enumerate(needs):
            if any(other and other < need for other in needs):
                names = " and ".join(f'"{use.scheme.name}"' for use in alternatives[index])
                self._findings.add(
                    "contradictory-security",
                    f"{names} together are never needed: another alternative requires less. "
                    "Put schemes that are required together into one entry, or delete this one.",
                    node.item(index).key(next(iter(node.value[index]))),
                )

    def _reason(self, alternatives: tuple[Alternative, ...]) -> str:
        names = dict.fromkeys(
            use.scheme.name for one in alternatives for use in one if use.scheme.type is SchemeType.UNKNOWN
        )
        return "cannot be read: security scheme " + ", ".join(f'"{name}"' for name in names)


def _unknown(origin: Origin, reason: str) -> Requirement:
    return Requirement(alternatives=(), origin=origin, demand=Demand.UNKNOWN, reason=reason)


@lru_cache(maxsize=1024)
def _may_mean_security(name: str) -> bool:
    """Return whether a field that OpenAPI does not define here is ``security`` with a mistake.

    Kept, since all operations have the same fields: comparing them again took a quarter of reading a document.
    """
    return (
        not name.startswith("x-")
        and abs(len(name) - len("security")) <= _MOST_TYPOS
        and bool(nearest(name.strip(), ("security",)))
    )


def _scope(value: Value) -> str:
    return value if isinstance(value, str) else str(value)

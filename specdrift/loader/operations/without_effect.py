"""Reports what the configuration states about operations, and no operation has. Pure.

A misspelt path is no error of syntax: the entry selects nothing, and what it demands is never compared.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field

from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.nearest import hint
from specdrift.model.contract.configured_requirement import ConfiguredRequirement
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.selector import Selector
from specdrift.model.result.drift import Severity
from specdrift.rules.ids import REQUIREMENT_WITHOUT_EFFECT
from specdrift.settings import OperationSettings


class _Table(Struct, frozen=True, kw_only=True):
    """What a kind of entry is called, and what it loses."""

    name: str
    lost: str
    partly: str


_CONTRACT = _Table(
    name="[contract]", lost="it requires nothing", partly="it requires nothing of what that stands for"
)
_ROLES = _Table(
    name="[[operations]]",
    lost="the roles of its allow-roles are demanded nowhere",
    partly="the roles of its allow-roles are not demanded there",
)
_VALUES = _Table(name="[[operations]]", lost="it has no effect", partly="it has no effect there")


class _Unknown(Struct, frozen=True, kw_only=True):
    """A path, tag or operationId that no operation has."""

    key: str
    pattern: str
    guess: str
    """A similar one that exists, as a question; empty without."""

    def __str__(self) -> str:
        return f'No operation has the {self.key} "{self.pattern}"'


_MEMBERS: Mapping[str, tuple[str, Callable[[Operation], tuple[str, ...]]]] = {
    "path": ("paths", lambda one: (one.key.path,)),
    "tag": ("tags", lambda one: one.tags),
    "operation-id": ("operation_ids", lambda one: (one.operation_id,)),
}
"""What names single operations: the end of the key, the member of the selector, the values of an operation. A method
that no operation has is no mistake of a name."""


class EntriesWithoutEffect(Struct):
    """Reports entries of ``[contract]`` and ``[[operations]]`` that match no operation, wholly or in part."""

    operations: Sequence[Operation]
    findings: DocumentFindings
    _by_path: dict[str, list[Operation]] = field(default_factory=dict)

    def report(
        self, required: Iterable[ConfiguredRequirement], settings: Iterable[OperationSettings]
    ) -> None:
        """Report each entry. A document without operations has a finding of its own."""
        if not self.operations:
            return
        for operation in self.operations:
            self._by_path.setdefault(operation.key.path, []).append(operation)
        for requirement in required:
            self._entry(requirement, _CONTRACT)
        for entry in settings:
            if self._entry(entry, _ROLES if entry.allow_roles else _VALUES):
                self._parameters(entry)

    def report_variables(self, configured: Iterable[str], known: Collection[str], at: SourceLocation) -> None:
        """Report each configured server variable that no server has. A note: it may be meant for another document."""
        for name in configured if self.operations else ():
            if name not in known:
                self.findings.add(
                    REQUIREMENT_WITHOUT_EFFECT,
                    f'[server] variables: no server of the document has a variable "{name}". Correct the name, or '
                    f"delete it.{hint(name, known)}",
                    at,
                    severity=Severity.NOTE,
                )

    def _entry(self, entry: ConfiguredRequirement | OperationSettings, table: _Table) -> bool:
        """Report an entry; return whether it matches an operation."""
        severity = Severity.NOTE if entry.shared else Severity.WARNING if table is _VALUES else None
        included = list(self._unknown(entry.include, "include"))
        if not any(_means(entry, one) for one in self._candidates(entry.include)):
            self._add(
                entry,
                f"this {table.name} entry matches no operation of the document, so that {table.lost}. Correct its "
                f"include and exclude keys, or delete it.{''.join(f' {each}.{each.guess}' for each in included)}",
                severity,
            )
            return False
        for each in included:
            self._add(
                entry, f"{each} of this {table.name} entry, so that {table.partly}.{each.guess}", severity
            )
        for each in self._unknown(entry.exclude, "exclude"):
            lost = "so that it excludes nothing by it"
            self._add(entry, f"{each} of this {table.name} entry, {lost}.{each.guess}", Severity.WARNING)
        return True

    def _candidates(self, include: Selector) -> Iterator[Operation]:
        """Yield the operations, those first that a path of the selector names: most entries name one."""
        return chain((one for path in include.paths for one in self._by_path.get(path, ())), self.operations)

    def _unknown(self, selector: Selector, verb: str) -> Iterator[_Unknown]:
        """Yield each path, tag and operationId of a selector that no operation has."""
        for name, (member, values) in _MEMBERS.items():
            for pattern in getattr(selector, member):
                alone = Selector(**{member: (pattern,)})
                if not any(_selects(alone, one) for one in self._candidates(alone)):
                    known = dict.fromkeys(chain.from_iterable(map(values, self.operations)))
                    yield _Unknown(key=f"{verb}-{name}", pattern=pattern, guess=hint(pattern, known))

    def _parameters(self, entry: OperationSettings) -> None:
        names = {*entry.parameters, *chain.from_iterable(entry.own_parameters.values())}
        if not names:
            return
        for operation in self.operations:
            if _means(entry, operation):
                names -= {value.name for value in operation.every_parameter}
                names -= {*operation.forbidden_headers}
                if not names:
                    return
        for name in sorted(names):
            self._add(
                entry,
                f'parameters: no operation that this [[operations]] entry matches has a parameter "{name}" that '
                "specdrift sets. Correct the name, or delete it.",
                Severity.WARNING,
            )

    def _add(
        self, entry: ConfiguredRequirement | OperationSettings, message: str, severity: Severity | None
    ) -> None:
        self.findings.add(REQUIREMENT_WITHOUT_EFFECT, message, entry.location, severity=severity)


def _means(entry: ConfiguredRequirement | OperationSettings, operation: Operation) -> bool:
    return _selects(entry.include, operation) and (
        entry.exclude.empty or not _selects(entry.exclude, operation)
    )


def _selects(selector: Selector, operation: Operation) -> bool:
    return selector.matches(
        path=operation.key.path,
        method=operation.key.method,
        tags=operation.tags,
        operation_id=operation.operation_id,
    )

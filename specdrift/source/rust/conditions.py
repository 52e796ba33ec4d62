"""Conditions with a known outcome (literal, configured or of a build), and the code that is dead because of them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec import field as attribute
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.rust.syntax import attributes, descendants, field, plain, text

DEEPEST = 60
LONGEST = 300
"""Maximum length of a condition, in bytes."""
ATOMS = frozenset(
    {"call_expression", "field_expression", "identifier", "scoped_identifier", "macro_invocation"}
)
"""Conditions that do not combine others."""
ANYTHING = r"[^(){}\[\];]*"
"""The pattern of ``*``: one name, path or argument list."""
BUILD = re.compile(r"#\[\s*cfg\s*\((.*)\)\s*\]", re.DOTALL)
CFG_MACRO = re.compile(r"(!?)\s*cfg!\s*\((.*)\)", re.DOTALL)
PLATFORM = re.compile(r'target_(os|family)\s*=\s*"(\w+)"\s*')
ON_LINUX = {"unix": True, "windows": False}
"""Services are taken to run on Linux."""
FEATURE = re.compile(r'feature\s*=\s*"([^"]+)"\s*')
OPERATOR = re.compile(r"(not|all|any)\s*\((.*)\)\s*", re.DOTALL)
LONGEST_BUILD = 1000
LEAVING = frozenset({"return_expression", "break_expression", "continue_expression"})


class Conditions(Struct, frozen=True):
    """Conditions with a configured outcome."""

    outcomes: tuple[tuple[re.Pattern[str], bool], ...] = ()
    """Patterns of conditions and their outcomes; the first match wins."""
    assumed: Mapping[int, bool] = attribute(default_factory=dict)
    """The outcomes of single conditions, by the ids of their nodes."""
    any_known: bool = False
    """There is one of either kind."""

    @classmethod
    def of(cls, texts: Collection[str]) -> "Conditions":
        """Parse the configuration: a condition as in the source, ``!`` before a false one, ``*`` for anything without
        brackets.

        ``["faults.has(Fault::A)", "!faults.has(*)"]`` means: of all faults, only A is set.
        """
        return cls(tuple(_pattern(one) for one in texts), any_known=bool(texts))

    def assuming(self, node: Node, *, outcome: bool) -> "Conditions":
        """Return the same conditions, and the outcome of one more."""
        return replace(self, assumed={**self.assumed, node.id: outcome}, any_known=True)

    def leaf(self, node: Node) -> bool | None:
        """Return the outcome of a condition that does not combine others."""
        if node.id in self.assumed:
            return self.assumed[node.id]
        if node.type == "boolean_literal":
            return text(node) == "true"
        if not self.outcomes or node.type not in ATOMS or node.end_byte - node.start_byte > LONGEST:
            return None
        written = "".join(text(node).split())
        return next((value for pattern, value in self.outcomes if pattern.fullmatch(written)), None)

    def fold(self, node: Node | None, depth: int = 0) -> bool | None:
        """Return the outcome of a condition; ``None`` if it depends on the run."""
        if node is None or depth > DEEPEST:
            return None
        known = self.leaf(node)
        if known is not None:
            return known
        match node.type:
            case "parenthesized_expression":
                return self.fold(next(iter(plain(node)), None), depth + 1)
            case "unary_expression" if text(node).startswith("!"):
                inner = self.fold(next(iter(plain(node)), None), depth + 1)
                return None if inner is None else not inner
            case "binary_expression":
                sides = [self.fold(field(node, side), depth + 1) for side in ("left", "right")]
                return combined(text(field(node, "operator")), *sides)
        return None

    def dead(self, node: Node) -> bool:
        """Return whether the code of an outcome never runs."""
        current, parent = node, node.parent
        while parent is not None:
            if self._excluded(parent, current):
                return True
            current, parent = parent, parent.parent
        return False

    def decided(self, branch: Node) -> bool:
        """Return whether the condition of an ``if`` or of an arm of a ``match`` has a known outcome."""
        if branch.type == "match_arm":
            return self.fold(guard_of(branch)) is not None
        owner = branch.parent if branch.type == "else_clause" else branch
        return self.fold(field(owner, "condition") if owner is not None else None) is not None

    def _excluded(self, parent: Node, child: Node) -> bool:
        match parent.type:
            case "if_expression":
                known = self.fold(field(parent, "condition"))
                if known is None:
                    return False
                return child.id == _id(field(parent, "alternative" if known else "consequence"))
            case "match_arm":
                return self.fold(guard_of(parent)) is False and child.id == _id(field(parent, "value"))
            case "block":
                return any(self.leaves(before) for before in _before(parent, child))
        return False

    def leaves(self, node: Node | None, depth: int = 0) -> bool:  # noqa: PLR0911 - a table of cases
        """Return whether the rest of the block never runs after it."""
        if node is None or depth > DEEPEST:
            return False

        def leaves(inner: Node | None) -> bool:
            return self.leaves(inner, depth + 1)

        match node.type:
            case kind if kind in LEAVING:
                return True
            case "block":
                return any(map(leaves, plain(node)))
            case "expression_statement" | "else_clause":
                return any(map(leaves, plain(node)[:1]))
            case "let_declaration":
                return leaves(field(node, "value"))
            case "if_expression":
                branches = [field(node, "consequence"), field(node, "alternative")]
                known = self.fold(field(node, "condition"))
                return leaves(branches[not known]) if known is not None else all(map(leaves, branches))
            case "match_expression":
                body = field(node, "body")
                arms = [arm for arm in plain(body) if arm.type == "match_arm"] if body is not None else []
                live = [arm for arm in arms if self.fold(guard_of(arm)) is not False]
                return bool(live) and all(leaves(field(arm, "value")) for arm in live)
        return False


def combined(operator: str, left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - two sides
    """Return the outcome of ``&&`` or ``||`` as far as it is known."""
    sides = (left, right)
    match operator:
        case "&&":
            return False if False in sides else True if None not in sides else None
        case "||":
            return True if True in sides else False if None not in sides else None
    return None


def only_dead(conditions: Conditions, mentions: Iterable[Node]) -> bool:
    """Return whether only dead code mentions something."""
    every = [conditions.dead(node) for node in mentions]
    return bool(every) and all(every)


def guard_of(arm: Node) -> Node | None:
    """Return the condition of an arm of a ``match``."""
    pattern = field(arm, "pattern")
    return field(pattern, "condition") if pattern is not None else None


def _id(node: Node | None) -> int:
    return node.id if node is not None else -1


def _before(block: Node, child: Node) -> Iterable[Node]:
    for statement in plain(block):
        if statement.start_byte >= child.start_byte:
            return
        yield statement


def _pattern(source_text: str) -> tuple[re.Pattern[str], bool]:
    flat = "".join(source_text.split())
    pattern = flat.removeprefix("!")
    return re.compile(ANYTHING.join(map(re.escape, pattern.split("*")))), pattern == flat


def is_compiled(node: Node, features: frozenset[str]) -> bool | None:
    """Return whether builds with the default features have a statement or an item; ``None``: only some have it."""
    return is_compiled_with(map(text, attributes(node)), features)


def is_compiled_with(
    attributed: Iterable[str], features: frozenset[str], *, release: bool = False
) -> bool | None:
    """Return the same for what has these attributes. ``release``: in release builds, whatever else they have."""
    every = [*attributed]
    if not every:
        return True
    found = (BUILD.fullmatch(one.strip()) for one in every)
    return _all([outcome_in_builds(one[1], features, release=release) for one in found if one is not None])


def around_in_builds(node: Node, features: frozenset[str]) -> Iterator[tuple[str, Node]]:
    """Yield each ``cfg`` of an item, and of what is around it, that not all release builds with the default features
    fulfil, with its node; the nearest first.
    """
    current: Node | None = node
    while current is not None:
        for one in attributes(current):
            found = BUILD.fullmatch(text(one).strip())
            if found is not None and outcome_in_builds(found[1], features, release=True) is not True:
                yield found[1].strip(), one
        current = current.parent


def has_attributes(block: Node) -> bool:
    """Return whether some statement of a block, or a parameter of a list, has an attribute."""
    return any(child.type == "attribute_item" for child in block.named_children)


def may_have_attributes(match_block: Node) -> bool:
    """Return whether some arm of a ``match`` may have an attribute: most have none, and many arms."""
    return b"#" in (match_block.text or b"")


def is_in_release(node: Node, features: frozenset[str]) -> bool:
    """Return whether release builds with the default features alone run some code, and only a build decides that."""
    depends, child, parent = False, node, node.parent
    while parent is not None and child.type != "function_item":
        written = [found[1] for one in attributes(child) if (found := BUILD.fullmatch(text(one).strip()))]
        if parent.type == "if_expression":
            tree = _of_build(field(parent, "condition"))
            if tree is None or child.id == _id(field(parent, "condition")):
                return False
            wanted = child.id == _id(field(parent, "consequence"))
            written.append(tree if wanted else f"not({tree})")
        elif parent.type == "match_block":
            return False
        if any(outcome_in_builds(one, features, usual=True) is not True for one in written):
            return False
        depends = depends or bool(written)
        child, parent = parent, parent.parent
    return depends


def undecided_builds(code: Node, features: frozenset[str]) -> Iterator[tuple[str, Node, Node]]:
    """Yield each ``cfg`` in some code on which builds with the default features may differ, with its node and what
    depends on it.
    """
    for node in descendants(code):
        written, depending = None, node.next_named_sibling
        if node.type == "attribute_item" and (found := BUILD.fullmatch(text(node).strip())):
            written = found[1]
        elif node.type == "macro_invocation" and (called := CFG_MACRO.fullmatch(text(node))):
            written, depending = called[2], _conditional(node, code)
        if written is not None and outcome_in_builds(written, features) is None:
            yield written.strip(), node, depending if depending is not None else node


def _conditional(node: Node, code: Node) -> Node | None:
    """Return the innermost ``if`` or ``match`` around a condition."""
    around = node.parent
    while around is not None and around.id != code.id:
        if around.type in {"if_expression", "match_expression"}:
            return around
        around = around.parent
    return None


def _of_build(condition: Node | None) -> str | None:
    """Return what is in ``cfg!(…)``, with ``not`` for ``!``; ``None`` for other conditions."""
    if condition is None:
        return None
    found = CFG_MACRO.fullmatch(text(condition))
    return None if found is None else f"not({found[2]})" if found[1] else found[2]


def outcome_in_builds(
    condition: str, features: frozenset[str], *, usual: bool = False, release: bool = False
) -> bool | None:
    """Return the outcome of ``cfg(condition)``; ``None`` if builds with the default features may differ in it.

    ``release``: the outcome in release builds; ``usual``: in those that have no other features.
    """
    condition = condition.strip()
    if len(condition) > LONGEST_BUILD:
        return None
    if feature := FEATURE.fullmatch(condition):
        # Another one may be enabled for what is deployed.
        return True if feature[1] in features else False if usual else None
    if found := OPERATOR.fullmatch(condition):
        parts = _parts(found[2])
        inner = [outcome_in_builds(part, features, usual=usual, release=release) for part in parts]
        if found[1] == "not":
            return None if len(inner) != 1 or inner[0] is None else not inner[0]
        return _all(inner) if found[1] == "all" else _any(inner)
    if platform := PLATFORM.fullmatch(condition):
        return platform[2] == {"os": "linux", "family": "unix"}[platform[1]]
    absent = {"test", "debug_assertions"} if usual or release else {"test"}
    return False if condition in absent else ON_LINUX.get(condition)


def _all(outcomes: list[bool | None]) -> bool | None:
    if False in outcomes:
        return False
    return None if None in outcomes else True


def _any(outcomes: list[bool | None]) -> bool | None:
    if True in outcomes:
        return True
    return None if None in outcomes else False


def _parts(conditions: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth = [""], 0
    for one in conditions:
        depth += (one == "(") - (one == ")")
        if one == "," and not depth:
            parts.append("")
        else:
            parts[-1] += one
    return [part for part in parts if part.strip()]

"""The verify mode of each OpenSSL acceptor: its builder is followed from where it is made to the call that builds it.

A builder without a mode requests no certificate (SSL_CTX_set_verify: the default is SSL_VERIFY_NONE).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.model.result.source import ClientAuth
from specdrift.source.axum.openssl_modes import VerifyModes
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import arguments, descendants, plain, text

TEXTS = (b"SslAcceptor", b"SslContextBuilder")
IN_BYTES = re.compile(b"|".join(TEXTS))
BUILDER = re.compile(r"\bSsl(?:Acceptor|Context)Builder\b")
"""The types of a builder."""
SETTING = frozenset({"set_verify", "set_verify_callback", "set_custom_verify_callback"})
DEEPEST = 12
Kinds = frozenset[ClientAuth]
"""What a builder may request; ``CUSTOM`` is not known."""
NOT_KNOWN: Kinds = frozenset({ClientAuth.CUSTOM})
NONE_AT_ALL: Kinds = frozenset()


class BuilderState(Struct, eq=False):
    """The builders in the variables of a function, on one path through it."""

    item: RustItem
    builders: dict[str, Kinds] = field(default_factory=dict)
    live: bool = True

    def copy(self) -> "BuilderState":
        return BuilderState(self.item, dict(self.builders), self.live)

    def become(self, others: Iterable["BuilderState"]) -> None:
        """Become what one of several paths leaves."""
        living = [one for one in others if one.live]
        self.live = bool(living)
        names = dict.fromkeys(name for one in living for name in one.builders)
        self.builders = {
            name: NONE_AT_ALL.union(*(one.builders.get(name, NONE_AT_ALL) for one in living))
            for name in names
        }


class BuilderRun(Struct, eq=False):
    """One evaluation of a function: what it returns, and its variables where it does."""

    returned: Kinds = NONE_AT_ALL
    left: list[BuilderState] = field(default_factory=list)


class BuiltAcceptor(Struct, frozen=True):
    """A call that makes an acceptor of a builder, and what that may request."""

    item: RustItem
    node: Node
    kinds: Kinds


class OpensslAcceptors(Struct, eq=False, dict=True):
    """Evaluates the functions that make and change builders."""

    index: CrateIndex
    conditions: Conditions
    rules: Mapping[str, "BuilderRule"]
    """How each kind of code is evaluated; of other kinds, their parts are, in their order."""
    found: dict[int, BuiltAcceptor] = field(default_factory=dict)
    settings: set[int] = field(default_factory=set)
    """The calls that set the mode of a known builder."""
    made: bool = False
    """Whether the crates make a builder."""
    _by_name: dict[str, list[RustItem]] = field(default_factory=dict)
    """The functions that have to do with builders."""
    runs: list[BuilderRun] = field(default_factory=list)
    _active: set[int] = field(default_factory=set)
    _done: set[int] = field(default_factory=set)

    @cached_property
    def _modes(self) -> VerifyModes:
        return VerifyModes(self.index, self.conditions)

    def __post_init__(self) -> None:
        own = list(self.index.functions_in(self.index.files_with(TEXTS, IN_BYTES)))
        for one in own:
            if BUILDER.search(_signature(one) + one.owner) is not None:
                self._by_name.setdefault(one.name, []).append(one)
        makers = tuple(name.encode() for name in self._by_name)
        texts = (*TEXTS, *makers)
        files = self.index.files_with(texts, re.compile(b"|".join(texts)))
        every = [one for one in self.index.functions_in(files) if one.body is not None]
        for item in every:
            if not _builders_given(item):
                self.run(item, {})
        for item in every:
            if item.node.id not in self._done:  # no followed code calls it
                self.run(item, dict.fromkeys(_builders_given(item), NOT_KNOWN))

    def explains(self, item: RustItem) -> bool:
        """Return whether each call of a function that sets a mode belongs to a builder that was followed."""
        return item.node.id in self._done and all(
            node.id in self.settings for node in descendants(item.node) if is_setting(node)
        )

    def run(self, item: RustItem, given: dict[str, Kinds]) -> BuilderRun:
        """Evaluate a function with the builders that it is given."""
        run = BuilderRun()
        if item.body is None or item.node.id in self._active or len(self._active) > DEEPEST:
            run.returned = NOT_KNOWN
            return run
        self._done.add(item.node.id)
        self._active.add(item.node.id)
        self.runs.append(run)
        state = BuilderState(item, dict(given))
        run.returned |= self.value(item.body, state)
        run.left.append(state)
        self.runs.pop()
        self._active.discard(item.node.id)
        return run

    def value(self, node: Node | None, state: BuilderState) -> Kinds:
        """Evaluate an expression or statement: its builder, nothing for other values."""
        if node is None or not state.live:
            return NONE_AT_ALL
        rule = self.rules.get(node.type)
        if rule is not None:
            return rule(self, node, state)
        found = NONE_AT_ALL
        for child in node.named_children:
            found |= self.value(child, state)
        return found

    def named(self, name: str) -> list[RustItem]:
        """Return the functions of a name that have to do with builders."""
        return self._by_name.get(name, [])

    def built(self, node: Node, state: BuilderState, kinds: Kinds) -> None:
        known = self.found.get(node.id)
        whole = kinds | known.kinds if known is not None else kinds
        self.found[node.id] = BuiltAcceptor(state.item, node, whole)

    def set_mode(self, call: Node, state: BuilderState) -> None:
        """Let a call change the mode of the builder that it is a method of."""
        callee = syntax.field(call, "function")
        name = root_of(syntax.field(callee, "value") if callee is not None else None)
        given = arguments(call)
        if name in state.builders:
            self.settings.add(call.id)
            state.builders[name] = self._modes.of(given[0], state.item) if given else NOT_KNOWN

    def leave(self, state: BuilderState, returned: Kinds) -> None:
        run = self.runs[-1]
        run.returned |= returned
        run.left.append(state.copy())
        state.live = False

    def fold(self, condition: Node | None) -> bool | None:
        return self.conditions.fold(condition)


def is_setting(node: Node) -> bool:
    """Return whether a node is a call that sets a verify mode."""
    callee = syntax.field(node, "function") if node.type == "call_expression" else None
    return (
        callee is not None
        and callee.type == "field_expression"
        and text(syntax.field(callee, "field")) in SETTING
    )


def _signature(item: RustItem) -> str:
    body = item.body
    whole = text(item.node)
    return whole[: len(whole) - len(text(body))] if body is not None else whole


def parameters_of(item: RustItem) -> list[tuple[str, bool]]:
    """Return the parameters by name, and whether each is a builder."""
    listed = syntax.field(item.node, "parameters")
    found = []
    for one in plain(listed) if listed is not None else ():
        own = one.type == "self_parameter"
        pattern = text(syntax.field(one, "pattern")).removeprefix("mut ").strip()
        kind = text(syntax.field(one, "type"))
        found.append(
            ("self", BUILDER.search(item.owner) is not None)
            if own
            else (pattern, BUILDER.search(kind) is not None)
        )
    return found


def _builders_given(item: RustItem) -> list[str]:
    return [name for name, builder in parameters_of(item) if builder]


def root_of(node: Node | None) -> str:
    """Return the variable that an expression is, or refers to; empty for others."""
    while node is not None and node.type not in {"identifier", "self"}:
        inner = [one for one in plain(node) if one.type != "mutable_specifier"]
        node = (
            inner[0]
            if node.type in {"reference_expression", "unary_expression", "parenthesized_expression"} and inner
            else None
        )
    return text(node) if node is not None else ""


BuilderRule = Callable[[OpensslAcceptors, Node, BuilderState], Kinds]
"""Evaluates one kind of code: the builder that it gives, if any."""

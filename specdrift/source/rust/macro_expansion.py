"""Expands ``macro_rules!`` macros, as far as their rules consist of tokens.

Fragments of several tokens (``$x:expr``, ``$t:ty``) end at the rule's next token, a comma, a semicolon or an arrow.
``[<$name Endpoint>]`` of the crate paste is one name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.rust.syntax import field as part
from specdrift.source.rust.syntax import text

LONGEST = 400_000
"""Maximum length of an expansion, in characters."""
DEEPEST = 30
MOST_PASTES = 100
SINGLE = frozenset({"ident", "literal", "lifetime", "tt", "block"})
"""Fragment types of one token."""
FRAGMENTS = {
    "ident": re.compile(r"(?!_$)(?:r#)?[^\W\d]\w*"),
    "lifetime": re.compile(r"'\w+"),
    "block": re.compile(r"\{.*", re.DOTALL),
    "literal": re.compile(r"-|\d.*|(?:b|c|r|br|cr)?#*[\"'].*|true|false", re.DOTALL),
}
"""What a token of these types looks like: in ``@rule name`` the first is no name."""
ENDS = frozenset({",", ";", "=>"})
COMMENTS = frozenset({"line_comment", "block_comment"})
JOINED = re.compile(r"\[\s*<([\w\s]+)>\s*\]")
PASTE = re.compile(r"\b(?:\w+\s*::\s*)?paste\s*!\s*\{")


class Captured(Struct, frozen=True):
    """The value of a metavariable: a text, or one for each repetition."""

    source_text: str = ""
    rounds: tuple["Bindings", ...] = ()


Bindings = Mapping[str, Captured]


class ExpansionTooLarge(Exception):
    """Raised if an expansion exceeds the size or depth limit."""


class TokenMatcher(Struct):
    """Matches tokens in order."""

    tokens: list[Node]
    at: int = 0
    grouped: bool = False
    """Expressions of several tokens stay what they are beside other operators: they get parentheses."""
    bound: dict[str, Captured] = field(default_factory=dict)

    def matches(self, pattern: list[Node], depth: int = 0) -> bool:
        """Match a pattern at the current token and consume the matched tokens."""
        if depth > DEEPEST:
            raise ExpansionTooLarge
        return all(self._one(one, _following(pattern, n), depth) for n, one in enumerate(pattern))

    def _one(self, one: Node, following: str, depth: int) -> bool:
        match one.type:
            case "token_binding_pattern":
                return self._binding(one, following)
            case "token_repetition_pattern":
                return self._repeated(one, depth)
            case "token_tree_pattern":
                return self._tree(one, depth)
        if self.at < len(self.tokens) and text(self.tokens[self.at]) == text(one):
            self.at += 1
            return True
        return False

    def _tree(self, one: Node, depth: int) -> bool:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or token.type != "token_tree" or text(token)[0] != text(one)[0]:
            return False
        inner = TokenMatcher(inside(token), grouped=self.grouped)
        if not inner.matches(inside(one), depth + 1) or inner.at < len(inner.tokens):
            return False
        self.bound |= inner.bound
        self.at += 1
        return True

    def _binding(self, one: Node, following: str) -> bool:
        kind, name, first = text(part(one, "type")), text(part(one, "name")), self.at
        if kind == "vis":
            self.bound[name] = Captured(self._visibility())
            return True
        if kind in FRAGMENTS and not (
            first < len(self.tokens) and FRAGMENTS[kind].fullmatch(text(self.tokens[first]))
        ):
            return False
        stops = {following} | ENDS
        while self.at < len(self.tokens) and not (kind in SINGLE and self.at > first):
            token = text(self.tokens[self.at])
            if kind not in SINGLE and (token in stops or (kind == "ty" and token.startswith("{"))):
                break
            self.at += 1
        if self.at == first:
            return False
        found = _between(self.tokens[first], self.tokens[self.at - 1])
        several = self.grouped and kind == "expr" and self.at - first > 1
        self.bound[name] = Captured(f"({found})" if several else found)
        return True

    def _visibility(self) -> str:
        """Return the tokens ``pub``, ``pub(crate)``, or none."""
        source_text = ""
        for wanted in ("pub", "("):
            token = self.tokens[self.at] if self.at < len(self.tokens) else None
            if token is None or not text(token).startswith(wanted):
                break
            source_text += text(token)
            self.at += 1
        return source_text

    def _repeated(self, one: Node, depth: int) -> bool:
        inner, separator, often = _repetition(one)
        rounds: list[Bindings] = []
        while self.at < len(self.tokens) and not (often == "?" and rounds):
            attempt = TokenMatcher(self.tokens, self.at, self.grouped)
            if rounds and separator and text(self.tokens[attempt.at]) != separator:
                break
            attempt.at += bool(rounds and separator)
            if not attempt.matches(inner, depth + 1) or attempt.at == self.at:
                break
            self.at = attempt.at
            rounds.append(attempt.bound)
        for name in {text(node) for node in _metavariables(one)}:
            self.bound[name] = Captured(rounds=tuple(rounds))
        return bool(rounds) or often != "+"


def expanded(definition: Node, call: Node, *, grouped: bool = False) -> str | None:
    """Return the expansion of a macro call; ``None`` if no rule matches, or if it is too long.

    ``grouped``: for a call within a function, where operators stand beside what it is given.
    """
    given = next((child for child in call.named_children if child.type == "token_tree"), None)
    for rule in definition.named_children if given is not None else ():
        left, right = part(rule, "left"), part(rule, "right")
        if rule.type != "macro_rule" or left is None or right is None or given is None:
            continue
        reader = TokenMatcher(inside(given), grouped=grouped)
        try:
            if reader.matches(inside(left)) and reader.at == len(reader.tokens):
                made = Template().written(taken_apart([right], -1), reader.bound)[1:-1]
                return _pasted(made) if len(made) <= LONGEST else None
        except ExpansionTooLarge:
            return None
    return None


def inside(tree: Node) -> list[Node]:
    """Return the tokens between the brackets."""
    return [child for child in tree.children[1:-1] if child.type not in COMMENTS]


def _following(pattern: list[Node], number: int) -> str:
    """Return the token after a part of a pattern; empty if it may be any."""
    after = pattern[number + 1] if number + 1 < len(pattern) else None
    return text(after) if after is not None and not after.named_children else ""


def _between(first: Node, last: Node) -> str:
    """Return the source of tokens; whitespace between them counts as one space."""
    if first.id == last.id:
        return text(first)
    tokens, current = [], first
    while current.id != last.id and current.next_sibling is not None:
        tokens.append(current)
        current = current.next_sibling
    tokens.append(last)
    gaps = ["" if one.end_byte == other.start_byte else " " for one, other in pairwise(tokens)]
    return "".join(text(token) + gap for token, gap in zip(tokens, [*gaps, ""], strict=True))


def _repetition(node: Node) -> tuple[list[Node], str, str]:
    """Return the tokens of ``$(…),*``, the separator, and the repetition operator."""
    children = node.children
    close = max(number for number, child in enumerate(children) if child.type == ")")
    inner = [child for child in children[2:close] if child.type not in COMMENTS]
    # The separator is no node of its own.
    between = (node.text or b"")[children[close].end_byte - node.start_byte : -1]
    return inner, between.decode("utf-8", "replace").strip(), text(children[-1])


def _metavariables(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type == "metavariable":
            yield current
        stack.extend(current.children)


class Template(Struct):
    """Writes the right side of a rule. Each repetition in it is taken apart once, not in each of its rounds."""

    _repetitions: dict[int, "_Repetition"] = field(default_factory=dict)
    _parts: dict[int, "list[_Part]"] = field(default_factory=dict)
    """Of the repetitions that had a round."""

    def written(self, parts: "list[_Part]", bound: Bindings) -> str:
        """Substitute the metavariables. Raises ExpansionTooLarge."""
        made: list[str] = []
        for text_or_node, depth in parts:
            if isinstance(text_or_node, str):
                made.append(text_or_node)
            elif text_or_node.type == "metavariable":
                made.append(_substituted(text(text_or_node), bound))
            else:
                made += self._rounds(text_or_node, bound, depth)
        return "".join(made)

    def _rounds(self, node: Node, bound: Bindings, depth: int) -> Iterator[str]:
        if node.id not in self._repetitions:
            inner, separator, _ = _repetition(node)
            names = [text(one) for one in _metavariables(node)]
            self._repetitions[node.id] = _Repetition(inner, separator, names)
        one = self._repetitions[node.id]
        every = next((bound[name].rounds for name in one.names if name in bound and bound[name].rounds), ())
        if every and node.id not in self._parts:
            self._parts[node.id] = taken_apart(one.inner, depth)
        long = 0
        for number, own in enumerate(every):
            made = self.written(self._parts[node.id], {**bound, **own})
            long += len(made)
            if long > LONGEST:
                raise ExpansionTooLarge
            yield f"{one.separator if number else ''} {made} "


_Part = tuple[str | Node, int]
"""A text, a metavariable or a repetition, with its depth."""


class _Repetition(Struct, frozen=True):
    inner: list[Node]
    separator: str
    names: list[str]
    """Its metavariables."""


def _substituted(name: str, bound: Bindings) -> str:
    return "crate" if name == "$crate" else bound[name].source_text if name in bound else name


def taken_apart(nodes: Iterable[Node], depth: int) -> list[_Part]:
    """Return the parts of a template: texts as long as possible. Raises ExpansionTooLarge."""
    parts: list[_Part] = []
    written: list[str] = []
    for one, at in _pieces(nodes, depth):
        if isinstance(one, str):
            written.append(one)
            continue
        parts += [("".join(written), at), (one, at)]
        written.clear()
    return [*parts, ("".join(written), depth)]


def _pieces(nodes: Iterable[Node], depth: int) -> Iterator[_Part]:
    before: Node | None = None
    for node in nodes:
        if before is not None and before.end_byte != node.start_byte:
            yield " ", depth
        if depth >= DEEPEST and node.type not in COMMENTS:
            raise ExpansionTooLarge
        if node.type in {"metavariable", "token_repetition"}:
            yield node, depth + 1
        elif node.type == "token_tree":
            yield from _pieces(node.children, depth + 1)
        elif node.type not in COMMENTS:
            yield text(node), depth
        before = node


def _pasted(made: str) -> str:
    """Join the names in ``[<…>]``; drop the braces of ``paste!``."""
    joined = JOINED.sub(lambda found: "".join(found[1].split()), made)
    for _ in range(MOST_PASTES):
        found = PASTE.search(joined)
        if found is None:
            break
        end = _closing(joined, found.end())
        joined = f"{joined[: found.start()]} {joined[found.end() : end]} {joined[end + 1 :]}"
    return joined


def _closing(source_text: str, at: int) -> int:
    """Return the position of the closing brace; skip string literals."""
    depth = 1
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[{}]', source_text[at:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return at + found.start()
    return len(source_text)

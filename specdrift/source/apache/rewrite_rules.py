"""RewriteRule and RewriteCond of servers, and those of sections that only refuse."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.apache.apache_values import ApacheRequest, ApacheValue, rewrite_variable
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, last
from specdrift.source.apache.sections import condition
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import Answer, OpenFact, certainly
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

_OR = frozenset({"or", "ornext"})
FOUND = 302
_REFERENCE = re.compile(r"\\(.)|([$%])(\d)|%\{([^{}]+)\}")
_ANYTHING = frozenset({".*", "^", "^.*$", ".", ".?", "(.*)", "^(.*)$", "^.*"})
_FLAGS = """
    f forbidden g gone r redirect l last end nc nocase pt passthrough p proxy qsa qsappend qsd qsdiscard ne noescape
    c chain s skip ns nosubreq co cookie e env
"""
_KNOWN_FLAGS = frozenset(_FLAGS.split())


class RewriteCondition(Struct, frozen=True):
    """One RewriteCond."""

    test: str
    pattern: str
    flags: frozenset[str]
    directive: ApacheDirective


class RewriteRule(Struct, frozen=True):
    """One RewriteRule with its conditions."""

    pattern: str
    substitution: str
    flags: dict[str, str]
    """By lower-case name, with their values."""
    conditions: tuple[RewriteCondition, ...]
    at: SourceLocation

    def has(self, *names: str) -> bool:
        return any(name in self.flags for name in names)

    @property
    def refusal(self) -> int | None:
        """The status that it answers without a redirect."""
        if self.has("f", "forbidden"):
            return 403
        if self.has("g", "gone"):
            return 410
        status = self.flags.get("r") or self.flags.get("redirect") or ""
        return int(status) if status.isdecimal() and not 300 <= int(status) < 400 else None


class Rewritten(Struct, frozen=True):
    """What the rules of a server make of a request."""

    at: SourceLocation
    status: int | None = None
    """The status that is answered."""
    url: str = ""
    """Of a service."""
    path: str = ""
    query: str = ""
    goes_on: bool = False
    """The path is mapped like that of a request; else it is the name of a file."""


def rules_of(directives: Sequence[ApacheDirective]) -> Iterator[RewriteRule]:
    """Yield the rules with their conditions. Raises Undetermined for what is not evaluated."""
    conditions: list[RewriteCondition] = []
    for one in directives:
        if one.name == "rewritecond":
            test, pattern, flags = (*one.args, "", "", "")[:3]
            names = frozenset(flag.strip().lower() for flag in flags.strip("[]").split(","))
            conditions.append(RewriteCondition(test, pattern, names, one))
        elif one.name == "rewriterule":
            pattern, substitution, flags = (*one.args, "", "", "")[:3]
            pairs = (flag.strip().partition("=") for flag in flags.strip("[]").split(",") if flag.strip())
            found = {name.lower(): value for name, _, value in pairs}
            yield RewriteRule(pattern, substitution, found, tuple(conditions), one.location)
            conditions = []


def is_on(directives: Sequence[ApacheDirective], inherited: Sequence[ApacheDirective] = ()) -> bool:
    """Return whether RewriteEngine is on."""
    found = last(tuple(directives), "rewriteengine") or last(tuple(inherited), "rewriteengine")
    return found is not None and found.flag


def rewritten(rules: Sequence[RewriteRule], request: ApacheRequest) -> Rewritten | None:
    """Return what the rules make of a request; ``None`` if none applies. Raises Undetermined and NotAssumed."""
    return _Run(request, request.path, request.query).run(rules)


def refused(rules: Sequence[RewriteRule], request: ApacheRequest) -> Rewritten | None:
    """Return how the rules of a section refuse. Raises Undetermined for rules that do anything else."""
    for rule in rules:
        if rule.pattern not in _ANYTHING or rule.substitution != "-" or rule.refusal is None:
            raise Undetermined("RewriteRule in a section", rule.at)
    return rewritten(rules, request)


class _Run(Struct):
    request: ApacheRequest
    path: str
    query: str
    changed_at: SourceLocation | None = None

    def run(self, rules: Sequence[RewriteRule]) -> Rewritten | None:
        skip, chained = 0, False
        for rule in rules:
            self.request.spend()
            if skip or chained:
                skip = max(skip - 1, 0)
                chained = chained and rule.has("c", "chain")
                continue
            unknown = [name for name in rule.flags if name not in _KNOWN_FLAGS]
            groups = self._matched(rule)
            if groups is None:
                chained = rule.has("c", "chain")
                continue
            if unknown:
                raise Undetermined(f"RewriteRule with the flag {unknown[0]}", rule.at)
            ended = self._applied(rule, groups)
            if ended is not None:
                return ended
            skip = int(rule.flags.get("s") or rule.flags.get("skip") or 0)
            if rule.has("l", "last", "end"):
                break
        if self.changed_at is None:
            return None
        return Rewritten(self.changed_at, path=self.path, query=self.query)

    def _matched(self, rule: RewriteRule) -> list[tuple[str, ...]] | None:
        """Return the groups of the rule, and of its last condition; ``None`` if it does not apply."""
        pattern = rule.pattern.removeprefix("!")
        ignore_case = rule.has("nc", "nocase")
        found = _searched(pattern, self.path, rule.at, ignore_case=ignore_case)
        if (found is None) is not rule.pattern.startswith("!"):
            return None
        groups = [_groups(found), ()]
        fulfilled = False
        """An alternative of the conditions to come holds."""
        for one in rule.conditions:
            holds = fulfilled or certainly(self._holds(one, groups))
            if _OR & one.flags:
                fulfilled = holds
                continue
            fulfilled = False
            if not holds:
                return None
        return groups

    def _holds(self, one: RewriteCondition, groups: list[tuple[str, ...]]) -> Answer:
        if one.test == "expr":
            return condition(one.directive, one.pattern, self.request)
        value = self._expanded(one.test, groups)
        negated, pattern = one.pattern.startswith("!"), one.pattern.removeprefix("!")
        if pattern.startswith(("-", "<", ">")) and pattern[1:]:
            raise Undetermined(f"RewriteCond {pattern}", one.directive.location)
        if value.possible:
            answers = {
                self._compared(one, option, pattern, groups, negated=negated) for option in value.possible
            }
            return answers.pop() if len(answers) == 1 else self._open(one, value, pattern, negated=negated)
        if not value.exact:
            return self._open(one, value, pattern, negated=negated)
        return self._compared(one, value.content, pattern, groups, negated=negated)

    def _compared(
        self, one: RewriteCondition, own: str, pattern: str, groups: list[tuple[str, ...]], *, negated: bool
    ) -> bool:
        if pattern.startswith("="):
            wanted = pattern[1:].strip('"')
            same = own.lower() == wanted.lower() if "nc" in one.flags else own == wanted
            return same is not negated
        ignore_case = bool({"nc", "nocase"} & one.flags)
        found = _searched(pattern, own, one.directive.location, ignore_case=ignore_case)
        if found is not None and not negated:
            groups[1] = _groups(found)
        return (found is not None) is not negated

    def _open(self, one: RewriteCondition, value: ApacheValue, pattern: str, *, negated: bool) -> Answer:
        what = f"{one.test} {pattern}"
        if value.present and pattern in ("^$", "="):
            return negated
        known = self.request.assumed.get(what)
        if known is not None:
            return known is not negated
        return OpenFact(what, value.unknown, value.chosen, one.directive.location)

    def _expanded(self, text: str, groups: list[tuple[str, ...]]) -> ApacheValue:
        found, start = ApacheValue(), 0
        for one in _REFERENCE.finditer(text):
            part = ApacheValue(one[1] or "")
            if one[2]:
                own = groups[0 if one[2] == "$" else 1]
                part = ApacheValue(own[int(one[3])] if int(one[3]) < len(own) else "")
            elif one[4]:
                part = rewrite_variable(one[4], self.request, self.path)
            found = found.then(ApacheValue(text[start : one.start()])).then(part)
            start = one.end()
        return found.then(ApacheValue(text[start:]))

    def _applied(self, rule: RewriteRule, groups: list[tuple[str, ...]]) -> Rewritten | None:
        """Apply a rule; return how it ends the request, if it does."""
        for name in ("e", "env"):
            variable, _, value = rule.flags.get(name, "").partition(":")
            if variable:
                self.request.environment[variable] = self._expanded(value, groups)
        if rule.refusal is not None:
            return Rewritten(rule.at, status=rule.refusal)
        if rule.substitution != "-":
            made = self._expanded(rule.substitution, groups)
            if not made.exact:
                raise Undetermined(f"a path that is rewritten by {made.unknown}", rule.at)
            self._go_to(made.content, rule)
        if rule.has("r", "redirect") or (re.match(r"[a-z]+://", self.path) and not rule.has("p", "proxy")):
            status = rule.flags.get("r") or rule.flags.get("redirect") or ""
            return Rewritten(rule.at, status=int(status) if status.isdecimal() else FOUND)
        if rule.has("p", "proxy"):
            return Rewritten(rule.at, url=self.path, query=self.query)
        if rule.has("pt", "passthrough"):
            return Rewritten(rule.at, path=self.path, query=self.query, goes_on=True)
        return None

    def _go_to(self, made: str, rule: RewriteRule) -> None:
        path, question, query = made.partition("?")
        if question:
            joined = rule.has("qsa", "qsappend") and self.query
            self.query = f"{query}&{self.query}" if joined and query else (self.query if joined else query)
        if rule.has("qsd", "qsdiscard") and not question:
            self.query = ""
        self.path, self.changed_at = path, rule.at


def _groups(found: "re.Match[str] | None") -> tuple[str, ...]:
    return (found[0], *(one or "" for one in found.groups())) if found else ()


def _searched(pattern: str, text: str, at: SourceLocation, *, ignore_case: bool) -> "re.Match[str] | None":
    try:
        return compiled(pattern, ignore_case=ignore_case).search(text)
    except UnsupportedPattern as error:
        raise Undetermined(str(error), at) from None

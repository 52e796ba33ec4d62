"""What comes after the access is granted: redirects and rules of sections, variables, headers."""

from collections.abc import Sequence

from specdrift.source.apache import rewrite_rules
from specdrift.source.apache.apache_environment import EXPORTED
from specdrift.source.apache.apache_values import ApacheRequest, ApacheValue, variable
from specdrift.source.apache.configuration.apache_directives import last
from specdrift.source.apache.redirects import redirect_of
from specdrift.source.apache.request_headers import apply, changes_of
from specdrift.source.apache.request_mapping import ended_with
from specdrift.source.apache.sections import Effective, SectionLayer
from specdrift.source.gateway.exchange import Decision

FORBIDDEN = 403
_REWRITING = frozenset({"rewriteengine", "rewriterule", "rewritecond", "rewriteoptions", "rewritebase"})


def options_of(effective: Effective) -> frozenset[str]:
    """Return the SSLOptions in force."""
    found: set[str] = set()
    for one in effective.all("ssloptions"):
        words = [word.lower() for word in one.args]
        if not all(word[:1] in ("+", "-") for word in words):
            found.clear()
        for word in words:
            (found.discard if word.startswith("-") else found.add)(word.lstrip("+-"))
    return frozenset(found)


def changed_by_sections(effective: Effective, request: ApacheRequest) -> Decision | None:
    """Change the request; return how sections end it, if they do. Raises Undetermined and NotAssumed."""
    sections = [layer for layer in effective.layers if layer.section is not None]
    ended = _rewritten(sections, request) or _redirected(sections, request)
    if ended is not None:
        return ended
    own: dict[str, ApacheValue] = {}
    for one in effective.all("setenv", "unsetenv"):
        if one.name == "setenv":
            own[one.arg(0)] = ApacheValue(one.arg(1))
        else:  # of those of SetEnv alone
            own.pop(one.arg(0), None)
    request.environment |= own
    if "stdenvvars" in options_of(effective) and request.tls:
        exported = {name: variable(name, request) for name in EXPORTED}
        request.environment |= {name: one for name, one in exported.items() if not one.exact or one.content}
    for change in changes_of(effective.all("requestheader")):
        if not change.early:
            apply(change, request)
    return None


def _rewritten(sections: Sequence[SectionLayer], request: ApacheRequest) -> Decision | None:
    """Return how the rules refuse: those of the last section with some are in force."""
    inner = next(
        (one for one in reversed(sections) if any(d.name in _REWRITING for d in one.directives)), None
    )
    engines = [engine for one in sections if (engine := last(one.directives, "rewriteengine"))]
    if inner is None or not engines or not engines[-1].flag:
        return None
    found = rewrite_rules.refused(tuple(rewrite_rules.rules_of(inner.directives)), request)
    return ended_with(found.status or FORBIDDEN, found.at) if found else None


def _redirected(sections: Sequence[SectionLayer], request: ApacheRequest) -> Decision | None:
    for layer in sections:
        for one in layer.directives:
            status = redirect_of(one, request.path)
            if status is not None:
                return ended_with(status, one.location)
    return None

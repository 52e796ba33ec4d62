"""What ``http-request normalize-uri`` makes of a target."""

import re
from collections.abc import Callable, Mapping

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.haproxy.proxies import ProxyRule

NORMALIZES = "normalize-uri"
FRAGMENTS = frozenset({"fragment-strip", "fragment-encode"})
_OPTIONS = {
    "path-strip-dotdot": "full",
    "percent-decode-unreserved": "strict",
    "percent-to-uppercase": "strict",
}
"""The option that a normalizer may have."""
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def is_evaluated(rule: ProxyRule) -> bool:
    """Return whether an action has a form that was compared with a running HAProxy."""
    name, options = rule.action[1:2], rule.action[2:]
    if not name or name[0] not in _NORMALIZERS:
        return False
    if not options:
        return not (name[0] in _OPTIONS and rule.condition)
    return options == (_OPTIONS.get(name[0]),)


def normalized(target: str, rule: ProxyRule) -> str:
    """Return the target behind an action. Raises Undetermined."""
    if not is_evaluated(rule):
        raise Undetermined(f"http-request {' '.join(rule.action)}", rule.location)
    if "strict" in rule.action and _BROKEN.search(target):
        raise Undetermined("a target with a broken escape", rule.location)
    return _NORMALIZERS[rule.action[1]](target, rule.action[2:])


def _of_path(change: Callable[[str], str]) -> Callable[[str, tuple[str, ...]], str]:
    def changed(target: str, _: tuple[str, ...]) -> str:
        path, question, query = target.partition("?")
        return change(path) + question + query

    return changed


def _without_dots(path: str) -> str:
    """Remove segments of one dot; the last one leaves a slash."""
    segments = path.split("/")
    kept = [one for one in segments[:-1] if one != "."]
    return "/".join((*kept, "" if segments[-1] == "." else segments[-1]))


def _without_double_dots(target: str, options: tuple[str, ...]) -> str:
    """Remove segments of two dots with what stands before; with ``full`` those at the beginning, too."""
    path, question, query = target.partition("?")
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment != "..":
            kept.append(segment)
        elif kept and kept[-1] != "..":
            kept.pop()
        elif not options:
            kept.append(segment)
    if segments and segments[-1] == "..":
        kept.append("")
    return f"/{'/'.join(kept)}{question}{query}"


def _decoded(target: str, _: tuple[str, ...]) -> str:
    """Decode the escapes of letters that need none (RFC 3986 §2.3)."""

    def letter(found: re.Match[str]) -> str:
        decoded = chr(int(found[1], 16))
        return decoded if _UNRESERVED.fullmatch(decoded) else found[0]

    return _ESCAPE.sub(letter, target)


def _sorted(target: str, _: tuple[str, ...]) -> str:
    path, question, query = target.partition("?")
    arguments = query.removesuffix("&").split("&")
    return path + question + "&".join(sorted(arguments, key=lambda one: one.partition("=")[0]))


def _without_fragment(target: str, _: tuple[str, ...]) -> str:
    return target.partition("#")[0]


_NORMALIZERS: Mapping[str, Callable[[str, tuple[str, ...]], str]] = {
    "fragment-encode": lambda target, _: target.replace("#", "%23"),
    "fragment-strip": _without_fragment,
    "path-merge-slashes": _of_path(lambda path: re.sub("//+", "/", path)),
    "path-strip-dot": _of_path(_without_dots),
    "path-strip-dotdot": _without_double_dots,
    "percent-decode-unreserved": _decoded,
    "percent-to-uppercase": lambda target, _: _ESCAPE.sub(lambda found: found[0].upper(), target),
    "query-sort-by-name": _sorted,
}

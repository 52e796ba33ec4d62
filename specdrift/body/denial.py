"""What in a body says that the caller gets nothing, whatever the status. Pure.

Many interfaces answer 200 and say in their own envelope that it went wrong: ``{"code": 401, "data": null}``,
``{"success": false}``, ``{"errors": [...]}``, a SOAP fault, a gRPC status. A body that has data beside it says no such
thing: part of it may have failed, and the rest is there.
"""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

DENIAL = "denial"
"""The sign of such a body."""

FLAGS = frozenset({"success", "succeeded", "issuccess", "ok"})
CODES = frozenset(
    {
        "code",
        "status",
        "statuscode",
        "httpstatus",
        "errorcode",
        "errcode",
        "errno",
        "ret",
        "resultcode",
        "state",
    }
)
ERRORS = frozenset({"error", "errors", "fault", "exception"})
COMPANY = (
    FLAGS
    | CODES
    | ERRORS
    | {
        *(
            "message",
            "msg",
            "detail",
            "details",
            "reason",
            "title",
            "description",
            "errordescription",
            "errormessage",
        ),
        *(
            "type",
            "instance",
            "path",
            "timestamp",
            "time",
            "version",
            "apiversion",
            "jsonrpc",
            "jsonapi",
            "meta",
            "links",
        ),
        *("traceid", "requestid", "correlationid", "extensions"),
    }
)
"""Members of an envelope: none of them is the requested data."""
SERVICE = frozenset(
    {
        "service",
        "servicename",
        "api",
        "app",
        "application",
        "product",
        "server",
        "version",
        "apiversion",
        "build",
        "v",
    }
    | {
        "build",
        "buildversion",
        "serviceversion",
        "release",
        "realm",
        "component",
        "module",
        "domain",
        "copyright",
    }
)
"""Members that name the service, or its version."""
RPC_MEMBERS = frozenset({"jsonrpc", "id", "result", "error"})
GRAPHQL_MEMBERS = frozenset({"data", "errors", "extensions"})
"""Members of an answer to one call of a batch."""
DENIALS_ONLY = "denials-only"
"""The sign of a body that lists the results of several requests, each of which was refused (RFC 4918 §13)."""
WORDS = re.compile(
    r"\bun-?(?:authori[sz]ed|authenticated)\b"
    r"|\bnot (?:been )?(?:authori[sz]ed|authenticated|permitted)\b"
    r"|\bforbidden\b"
    r"|\b(?:access|permission)s?\b.{0,20}\b(?:denied|refused)\b"
    r"|\b(?:authentication|authori[sz]ation|credentials?|log ?in|sign ?in|certificate)\b.{0,20}"
    r"\b(?:required|needed|missing|failed|not provided)\b"
    r"|\bcertificate\b.{0,20}\b(?:revoked|expired|invalid|rejected|not (?:valid|trusted|accepted))\b"
    r"|\b(?:must|please) (?:log|sign) ?(?:in|on)\b"
    r"|\b(?:no|missing|invalid|untrusted|a|your) (?:valid )?client certificate\b",
    re.IGNORECASE | re.DOTALL,
)
FAILED = re.compile(r"(?:error|err|fail(?:ed|ure)?|denied|refused|rejected)", re.IGNORECASE)
ERROR_CODE = re.compile(r"[45]\d\d|40[13]\d{2,3}")
"""A status of HTTP, or one with a number of the application's own behind it."""
LONGEST = 300
"""Characters: a longer text is content, and may contain such words."""
GRPC_STATUS = re.compile(r"grpc-status: ?([1-9]\d*)")
CLIENT_ERROR = re.compile(r"4\d\d")
MULTISTATUS = re.compile(r"<(?:[\w.-]+:)?multistatus[\s>]", re.IGNORECASE)
XML_STATUS = re.compile(r"<(?:[\w.-]+:)?status>\s{0,99}HTTP/[\d.]{1,3} (\d{3})", re.IGNORECASE)
XML_FAULT = re.compile(
    r"<(?:[\w.-]+:)?(?:Fault|Errors?|Exception|ErrorResponse)(?:\s[^<>]*)?>(?!\s*(?:0|false|null|none)?\s*</)"
    r"|<(?:[\w.-]+:)?(?:status|result|code|success)>\s*(?:error|fail\w*|denied|false|4\d\d|5\d\d)\s*</",
    re.IGNORECASE,
)


def says_no(text: str) -> bool:
    """Whether a short text does, in words; ``access_denied`` too."""
    return len(text) <= LONGEST and bool(WORDS.search(re.sub(r"[_-]", " ", text)))


def value_says_no(value: object) -> bool:
    """Whether a JSON value does: its envelope says that it failed, and nothing of value is in it."""
    if isinstance(value, str):
        return says_no(value)
    if isinstance(value, list):
        return _is_a_batch(value) and all(map(value_says_no, value))
    if not isinstance(value, dict):
        return False
    members = [(plain_name(name), member) for name, member in value.items()]
    names = {name for name, _ in members}
    envelope = COMPANY | {"id"} if "jsonrpc" in names or "result" in names else COMPANY
    if any(name in ERRORS and _failed(name, member) for name, member in members):
        envelope |= SERVICE
    if any(_is_content(member) for name, member in members if name not in envelope):
        return False
    return any(_failed(name, member) for name, member in members)


def _is_a_batch(results: list[object]) -> bool:
    """Whether a list has the answers to several calls, as JSON-RPC 2.0 (§6) and servers of GraphQL answer a batch."""
    names = [set(map(plain_name, each)) for each in results if isinstance(each, dict)]
    return bool(results) and len(names) == len(results) and all(map(_is_of_a_call, names))


def _is_of_a_call(names: AbstractSet[str]) -> bool:
    return RPC_MEMBERS >= names >= {"jsonrpc", "error"} or GRAPHQL_MEMBERS >= names >= {"errors"}


def lists_denials(value: object) -> bool:
    """Whether a JSON value lists results of several requests, each of them with the status of a client error."""
    listed = value.get("responses") if isinstance(value, dict) and len(value) == 1 else value
    return isinstance(listed, list) and bool(listed) and all(map(_is_refused, listed))


def _is_refused(result: object) -> bool:
    if not isinstance(result, dict):
        return False
    statuses = [member for name, member in result.items() if plain_name(name) in ("status", "statuscode")]
    return bool(statuses) and all(CLIENT_ERROR.fullmatch(str(status)) for status in statuses)


def lists_denials_in_xml(text: str) -> bool:
    """Whether an XML document is a multi-status (RFC 4918 §13), and each status in it that of a client error."""
    statuses = XML_STATUS.findall(text)
    return bool(MULTISTATUS.search(text) and statuses) and all(map(CLIENT_ERROR.fullmatch, statuses))


@lru_cache(maxsize=1024)
def plain_name(name: str) -> str:
    """``statusCode``, ``status_code`` and ``status-code`` are one."""
    return re.sub(r"[^a-z]", "", name.lower())


def _is_content(member: object) -> bool:
    if isinstance(member, str):
        return bool(member) and not says_no(member)
    return member not in (None, False, [], {}) and not _is_void(member)


def _is_void(member: object) -> bool:
    """Whether it is an object of nulls alone, as GraphQL answers where its fields failed (§6.4.4)."""
    return isinstance(member, dict) and all(one is None for one in member.values())


def _failed(name: str, member: object) -> bool:
    if isinstance(member, str) and says_no(member):
        return True
    if name in FLAGS and member is False:
        return True
    if name in ERRORS:
        return member is True or (isinstance(member, (str, dict, list)) and bool(member))
    if name not in CODES or isinstance(member, bool):
        return False
    if isinstance(member, int) or (isinstance(member, str) and member.isdecimal()):
        return bool(ERROR_CODE.fullmatch(str(member)))
    return isinstance(member, str) and bool(FAILED.fullmatch(member.strip()))

"""Certificates that functions get otherwise than from the request: in the state of a router that is made for one
connection, or in a value of the task.
"""

import re

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import TRUE
from specdrift.source.axum.guards.access_profiles import AccessProfile, AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.callers.connection_types import IN_BYTES, PEER
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.axum.syntax.values import FunctionValue
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import path_of, text, type_arguments

STATE = "State"
TASK_LOCAL = re.compile(r"\bstatic\s+(\w+)\s*:\s*([^;=]+)")
"""A value of ``task_local!``: its name and type."""


def may_have_certificate(
    profile: AccessProfile, function: FunctionValue, module: RustModule, case: AbsentCase
) -> bool:
    """Return whether a function that refuses something may do so by a certificate that the request does not hold."""
    code = function.code
    if code is None or not profile.refuses:
        return False
    return _of_connection(function, module, code, case) or _of_task(code, case.profiles)


def _of_connection(function: FunctionValue, module: RustModule, code: Node, case: AbsentCase) -> bool:
    """Return whether a function refuses by the state that is made where a connection is accepted."""
    states = (
        inner[0]
        for kind, within in parameters_of(function, module)
        if path_of(kind)[-1:] == (STATE,) and (inner := type_arguments(kind)) and within is module
    )
    if not any(_is_of_peer(kind, case) for kind in states):
        return False
    held = case.of_results({**case.results, STATE: {TRUE}})
    return held.rejects(code, module) and not case.otherwise().rejects(code, module)


def _is_of_peer(kind: Node, case: AbsentCase) -> bool:
    """Return whether a function that names a type looks at the certificate of a connection, or calls one that does."""
    profiles, index = case.profiles, case.profiles.index
    name = (path_of(kind) or ("",))[-1].encode()
    asking = index.functions_in(index.files_with((b"peer_cert",), IN_BYTES))
    names = {one.name for one in asking if PEER.search(text(one.node))}
    for one in index.functions_in(index.files_with((name,), re.compile(rb"\b" + re.escape(name) + rb"\b"))):
        if name.decode() in text(one.body) and one.node.id != kind.id:
            called = {item.name for item in profiles.called(one.node, one.module)}
            if one.name in names or called & names:
                return True
    return False


def _of_task(code: Node, profiles: AccessProfiles) -> bool:
    """Return whether a function names a value of the task whose type holds a certificate."""
    words = set(re.findall(r"\b[A-Z][A-Z0-9_]*\b", text(code)))
    for module in profiles.index.modules(b"task_local") if words else ():
        for call in module.loose:
            for name, kind in TASK_LOCAL.findall(text(call.node)):
                keys = (profiles.types.key((word,), module) for word in re.findall(r"\w+", kind))
                if name in words and any(Reads.CERTIFICATE in profiles.types.of_type(key) for key in keys):
                    return True
    return False

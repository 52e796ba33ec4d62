"""Certificates that functions get otherwise than from the request: in the state of a router that is made for one
connection, or in a value of the task.
"""

import re
from collections.abc import Collection

from tree_sitter import Node

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_extensions import state_of
from specdrift.source.axum.guards.absent.absent_parts import FILLING
from specdrift.source.axum.guards.absent.absent_values import NOTHING, TRUE, Value
from specdrift.source.axum.guards.access_profiles import AccessProfile, AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.callers.connection_types import IN_BYTES, PEER
from specdrift.source.axum.guards.cases.derived_cases import of_results, seeking
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.axum.syntax.values import FunctionValue
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import descendants, path_of, text, type_arguments

STATE = "State"
FIELD = re.compile(r"\b(\w+)\s*:(?!:)")
"""The name of a field, as a struct declares it."""
UPDATED = re.compile(r"[{,]\s*\.\.\s*\w|::default\s*\(\s*\)")
"""A struct of which another one gives the rest."""
TASK_LOCAL = re.compile(r"\bstatic\s+(\w+)\s*:\s*([^;=]+)")
"""A value of ``task_local!``: its name and type."""


def by_hidden_certificate(
    profile: AccessProfile, function: FunctionValue, module: RustModule, case: AbsentCase
) -> Guarding | None:
    """Return the kind of a function that refuses by a certificate which no request holds; ``None`` for others."""
    code = function.code
    if code is None or not profile.refuses:
        return None
    found = _of_connection(function, module, code, case)
    return found or (Guarding.UNKNOWN if _of_task(code, case.profiles) else None)


def _of_connection(
    function: FunctionValue, module: RustModule, code: Node, case: AbsentCase
) -> Guarding | None:
    """Return the kind of a function that refuses by the state that is made where a connection is accepted."""
    states = (
        inner[0]
        for kind, within in parameters_of(function, module)
        if path_of(kind)[-1:] == (STATE,) and (inner := type_arguments(kind)) and within is module
    )
    state = next((kind for kind in states if _is_of_peer(kind, case)), None)
    if state is None or case.otherwise().rejects(code, module):
        return None
    made = _made(state, module, case)
    known = {state_of(case, state, module): made} if made else {}
    if made and of_results(case, {STATE: {TRUE}, **known}).rejects(code, module):
        return Guarding.CERTIFICATE
    held = of_results(case, {STATE: {TRUE}})
    return Guarding.UNKNOWN if held.rejects(code, module) else None


def _made(kind: Node, module: RustModule, case: AbsentCase) -> Value:
    """Return what the code makes of a type for a client without a certificate; nothing if that is not known."""
    types, index = case.profiles.types, case.profiles.index
    name = types.key(path_of(kind), module)
    found = types.definition(name)
    if found is None or found.kind != "struct" or found.body is None:
        return NOTHING
    word = re.compile(rb"\b" + re.escape(found.name.encode()) + rb"\b")
    every = [*index.functions_in(index.files_with((found.name.encode(),), word))]
    own = (one.owner == found.name or word.search(text(one.node).encode()) is not None for one in every)
    sites = [one for one, named in zip(every, own, strict=True) if named and one.body is not None]
    if any(_is_changed(text(one.node), text(found.body)) for one in sites):
        return NOTHING
    # A method is evaluated where it is called, but for those of traits, which code calls without the name of the type.
    outside = [one for one in sites if one.owner != found.name or one.trait]
    collecting = seeking(case, name)
    runs = [collecting.alone(one.node, one.module, one.owner) for one in outside]
    calls = {call for run in runs if run is not None for call in run.calls}
    reached = None not in runs and all(_reaches(one, found.name, calls) for one in outside)
    return collecting.sought[name] if reached else NOTHING


def _reaches(site: RustItem, name: str, calls: Collection[int]) -> bool:
    """Return whether all that a function makes of a type was evaluated."""
    written = len(re.findall(rf"\b{re.escape(name)}\s*[{{(]", text(site.body)))
    makers = [one for one in descendants(site.node) if _makes(one, name)]
    return len(makers) >= written and all(one.id in calls for one in makers)


def _makes(node: Node, name: str) -> bool:
    parts = {"struct_expression": "name", "call_expression": "function"}
    return node.type in parts and path_of(syntax.field(node, parts[node.type]))[-1:] == (name,)


def _is_changed(code: str, fields: str) -> bool:
    """Return whether code may change a field of a struct after it is made, or make it of another."""
    names = "|".join(FIELD.findall(fields))
    changes = (
        re.search(rf"\.\s*(?:{names})\s*(?:=(?![=>])|\.\s*(?:{'|'.join(FILLING)})\s*\()", code)
        if names
        else None
    )
    return changes is not None or UPDATED.search(code) is not None


def _is_of_peer(kind: Node, case: AbsentCase) -> bool:
    """Return whether a function that names a type looks at the certificate of a connection, or calls one that does."""
    profiles, index = case.profiles, case.profiles.index
    name = (path_of(kind) or ("",))[-1].encode()
    asking = index.functions_in(index.files_with((b"peer_cert",), IN_BYTES))
    names = {one.name for one in asking if PEER.search(one.code.source_text)}
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

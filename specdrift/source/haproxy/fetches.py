"""What the fetches of samples return for a request."""

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.callers.distinguished_name import OPENSSL, DistinguishedName
from specdrift.source.gateway.client_choices import ANY_VALUE
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.haproxy.fetched import NO, YES, Sample, truth
from specdrift.source.haproxy.request_state import RequestState
from specdrift.source.haproxy.sample_expressions import SampleCall

CERTIFICATE = frozenset(
    (
        *("ssl_fc_has_crt", "ssl_c_used", "ssl_c_verify", "ssl_c_err", "ssl_c_ca_err", "ssl_c_ca_err_depth"),
        *(
            "ssl_c_chain_der",
            "ssl_c_der",
            "ssl_c_i_dn",
            "ssl_c_s_dn",
            "ssl_c_r_dn",
            "ssl_c_key_alg",
            "ssl_c_sha1",
        ),
        *("ssl_c_sig_alg", "ssl_c_serial", "ssl_c_notafter", "ssl_c_notbefore", "ssl_c_version"),
    )
)
HEADERS = frozenset({"hdr", "req.hdr", "req.fhdr", "hdr_ip", "req.hdr_ip"})
COOKIES = frozenset({"cook", "req.cook"})
ARGUMENTS = frozenset({"url_param", "urlp"})
VERSIONS = frozenset({"req.ver", "req_ver"})
COUNTED = frozenset({"hdr_cnt", "req.hdr_cnt", "req.fhdr_cnt"})
_COUNTERS = re.compile(r"(?:sc[012]?_|src_(?:conn|sess|http|bytes|kbytes|get_gp|inc_gp|clr_gp|updt|glitch))")
"""Counters of clients: 0 before the first request, and later what earlier requests made of them."""
_OF_CLIENT = re.compile(
    r"(?:ssl_fc_|ssl_bc_|req\.|req_|capture\.req\.|fc_http_major|http_first_req|internal\.htx)"
)
"""What clients determine as they connect."""
OF_PROCESS, OF_CONNECTION = "proc.", "sess."
"""Scopes of variables that outlive the request."""
_NUMBERS = ("_cnt", "_len", "_val", "_int", "_used", "_has_early", "_is_resumed")


def fetched(call: SampleCall, state: RequestState) -> Sample | None:
    """Return a sample; ``None`` if the fetch fails."""
    known = _KNOWN.get(call.name)
    if known is not None:
        found = known(call, state)
        chosen = found is not None and ANY_VALUE in found.content
        return Sample(unknown=call.name) if chosen and call.name != "var" else found
    if call.name in HEADERS:
        values = header_values(call, state)
        return values[-1] if values else None
    if call.name in CERTIFICATE:
        return _of_certificate(call, state)
    if _COUNTERS.match(call.name):
        return replace(NO, state=call.name)
    return Sample(
        unknown=call.name,
        chosen=_OF_CLIENT.match(call.name) is not None,
        number=call.name.endswith(_NUMBERS),
    )


def header_values(call: SampleCall, state: RequestState) -> tuple[Sample, ...]:
    """Return the values of a header, in their order: each between commas, or the whole of it."""
    if not state.is_http:
        return ()
    lines = state.headers.get(call.arg(0).lower(), [])
    parts = (
        lines if call.name == "req.fhdr" else [one.strip(" \t") for line in lines for one in line.split(",")]
    )
    occurrence = call.arg(1)
    if occurrence.lstrip("-").isdecimal():
        number = int(occurrence)
        at = number - 1 if number > 0 else len(parts) + number
        parts = [parts[at]] if 0 <= at < len(parts) else []
    return tuple(_written(one, call) for one in parts)


def _written(text: str, call: SampleCall) -> Sample:
    if ANY_VALUE in text:
        return Sample(unknown=f"{call.name}({call.arg(0)})")
    if UNKNOWN_PART in text:
        return Sample(unknown=f"{call.name}({call.arg(0)})", chosen=True)
    return Sample(text)


def _of_certificate(call: SampleCall, state: RequestState) -> Sample | None:
    name = call.name
    if not state.connection.tls:
        return None
    caller = state.connection.certificate
    presented = caller is not GatewayCaller.ANONYMOUS
    if name in ("ssl_c_used", "ssl_fc_has_crt"):
        return truth(presented)
    if name in ("ssl_c_verify", "ssl_c_err", "ssl_c_ca_err", "ssl_c_ca_err_depth"):
        untrusted = caller is GatewayCaller.UNTRUSTED
        positive = name == "ssl_c_verify"
        return Sample(unknown=name, chosen=True, number=True, positive=positive) if untrusted else NO
    if not presented:
        return None
    known = state.connection.presented
    if known is not None and name in ("ssl_c_s_dn", "ssl_c_i_dn"):
        return _of_name(known.subject if name == "ssl_c_s_dn" else known.issuer, call)
    return Sample(unknown=name, chosen=True, certificate=True, number=name == "ssl_c_version")


def _of_name(name: DistinguishedName, call: SampleCall) -> Sample | None:
    """Return a name of a known certificate: the whole, or the first or another attribute of a type."""
    kind, occurrence, written = call.arg(0), call.arg(1) or "1", call.arg(2)
    if not kind:
        return _known(name.rfc2253 if written == "rfc2253" else None if written else name.slashed, call)
    own = next((one for one in OPENSSL.values() if one.lower() == kind.lower()), "")
    values = name.values(own) if own and occurrence.lstrip("-").isdecimal() else None
    if values is None or int(occurrence) == 0:
        return _known(None, call)
    at = int(occurrence) - 1 if int(occurrence) > 0 else len(values) + int(occurrence)
    return _known(values[at], call) if 0 <= at < len(values) else None


def _known(text: str | None, call: SampleCall) -> Sample:
    if text is None:
        return Sample(unknown=call.name, chosen=True, certificate=True)
    return Sample(text, certificate=True)


def _of_request(
    value: Callable[[RequestState], str | None],
) -> Callable[[SampleCall, RequestState], Sample | None]:
    def found(_: SampleCall, state: RequestState) -> Sample | None:
        text = value(state) if state.is_http else None
        return None if text is None else Sample(text)

    return found


def _captured(
    value: Callable[[RequestState], str],
) -> Callable[[SampleCall, RequestState], Sample | None]:
    """Return what HAProxy keeps of the request line, if it does. Raises Undetermined where a log decides that."""

    def found(call: SampleCall, state: RequestState) -> Sample | None:
        if state.is_http and not state.keeps_request:
            raise Undetermined(f"{call.name}, which depends on the log")
        return Sample(value(state)) if state.is_http else None

    return found


def _query(_: SampleCall, state: RequestState) -> Sample | None:
    return Sample(state.query) if state.is_http and "?" in state.target else None


def _base(state: RequestState, path: str | None) -> str | None:
    """Return the host with the path; one of both if there is only one."""
    return f"{state.header('host')}{path or ''}" or path


def _cookie(call: SampleCall, state: RequestState) -> Sample | None:
    return (
        _first(call.arg(0), _pairs("; ".join(state.headers.get("cookie", ())), ";"))
        if state.is_http
        else None
    )


def _argument(call: SampleCall, state: RequestState) -> Sample | None:
    if not state.is_http or "?" not in state.target:
        return None
    return _first(call.arg(0), _pairs(state.query, call.arg(1) or "&"))


def _pairs(text: str, delimiter: str) -> Iterator[tuple[str, str]]:
    for one in re.split(f"[{re.escape(delimiter)};]" if delimiter == "&" else re.escape(delimiter), text):
        name, equals, value = one.strip(" ").partition("=")
        if equals:
            yield name, value


def _first(name: str, pairs: Iterator[tuple[str, str]]) -> Sample | None:
    value = next((value for key, value in pairs if key == name), None)
    return None if value is None else Sample(value)


def _variable(call: SampleCall, state: RequestState) -> Sample | None:
    name = call.arg(0)
    found = state.variables.get(name)
    if found is None and name.startswith(OF_PROCESS):
        return Sample(unknown=f"{call.name}({name})")
    if found is None and name in state.kept:
        return Sample(call.arg(1), state=f"{call.name}({name}) of an earlier request")
    return found if found is not None or not call.arg(1) else Sample(call.arg(1))


def _count(call: SampleCall, state: RequestState) -> Sample | None:
    if not state.is_http:
        return None
    lines = state.headers.get(call.arg(0).lower(), [])
    commas = 0 if call.name == "req.fhdr_cnt" else sum(line.count(",") for line in lines)
    return Sample(str(len(lines) + commas), number=True)


def _servers(call: SampleCall, state: RequestState) -> Sample | None:
    return Sample(str(state.servers.get(call.arg(0), 1)), number=True, state=call.name)


def _port(_: SampleCall, state: RequestState) -> Sample | None:
    port = state.connection.port
    return Sample(str(port), number=True) if port else None


def _server_name(_: SampleCall, state: RequestState) -> Sample | None:
    connection = state.connection
    return Sample(connection.name) if connection.tls and connection.name else None


_Fetch = Callable[[SampleCall, RequestState], Sample | None]
_OF_TARGET: Mapping[str, _Fetch] = {
    "pathq": _of_request(lambda state: state.path_and_query),
    "url": _of_request(lambda state: state.url),
    "capture.req.uri": _captured(lambda state: state.captured),
    "baseq": _of_request(lambda state: _base(state, state.path_and_query)),
}
_OF_PATH: Mapping[str, _Fetch] = {
    "path": _of_request(lambda state: state.path),
    "base": _of_request(lambda state: _base(state, state.path)),
}
WITH_QUERY = frozenset(_OF_TARGET)
"""Fetches that return the query, beside the path."""
PATHS = frozenset({*_OF_TARGET, *_OF_PATH})
"""Fetches that return the path, or begin with what precedes it."""
_KNOWN: Mapping[str, _Fetch] = {
    **_OF_TARGET,
    **_OF_PATH,
    "method": _of_request(lambda state: state.method),
    "capture.req.method": _captured(lambda state: state.method),
    **dict.fromkeys(VERSIONS, _of_request(lambda state: state.version)),
    "query": _query,
    **dict.fromkeys(COOKIES, _cookie),
    **dict.fromkeys(ARGUMENTS, _argument),
    **dict.fromkeys(COUNTED, _count),
    "var": _variable,
    "str": lambda call, _: Sample(call.arg(0)),
    "int": lambda call, _: Sample(call.arg(0), number=True),
    "bool": lambda call, _: truth(call.arg(0) in ("1", "true", "yes")),
    "always_true": lambda *_: YES,
    "always_false": lambda *_: NO,
    "ssl_fc": lambda _, state: truth(state.connection.tls),
    "ssl_fc_sni": _server_name,
    "dst_port": _port,
    "fe_name": lambda _, state: Sample(state.connection.frontend),
    "req.proto_http": lambda _, state: truth(state.is_http),
    "req_proto_http": lambda _, state: truth(state.is_http),
    "nbsrv": _servers,
    "srv_is_up": lambda *_: replace(YES, state="srv_is_up"),
    "http_auth": lambda _, state: truth(state.password),
    "http_auth_group": lambda *_: None,
    "wait_end": lambda *_: YES,
}

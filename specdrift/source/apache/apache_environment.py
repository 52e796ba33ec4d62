"""Variables that directives set for a request, and those that mod_ssl exports."""

from collections.abc import Iterable

from specdrift.source.apache.apache_values import ApacheRequest, ApacheValue, of_header
from specdrift.source.apache.configuration.apache_directives import ApacheDirective
from specdrift.source.apache.sections import condition
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import Answer, OpenFact, certainly
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

BY_EXPRESSION = "setenvifexpr"
SETTERS = frozenset({"setenvif", "setenvifnocase", "browsermatch", "browsermatchnocase", BY_EXPRESSION})
_OF_CONNECTION = frozenset({"remote_host", "remote_addr", "remote_user", "server_addr"})
EXPORTED = (
    *(
        "HTTPS",
        "SSL_TLS_SNI",
        "SSL_CLIENT_VERIFY",
        "SSL_CLIENT_S_DN",
        "SSL_CLIENT_I_DN",
        "SSL_CLIENT_M_SERIAL",
    ),
    *(
        "SSL_CLIENT_S_DN_CN",
        "SSL_CLIENT_S_DN_OU",
        "SSL_CLIENT_S_DN_O",
        "SSL_CLIENT_S_DN_C",
        "SSL_CLIENT_S_DN_Email",
    ),
    *(
        "SSL_CLIENT_I_DN_CN",
        "SSL_CLIENT_I_DN_OU",
        "SSL_CLIENT_I_DN_O",
        "SSL_CLIENT_M_VERSION",
        "SSL_CLIENT_V_START",
    ),
    *(
        "SSL_CLIENT_V_END",
        "SSL_CLIENT_V_REMAIN",
        "SSL_CLIENT_A_SIG",
        "SSL_CLIENT_A_KEY",
        "SSL_PROTOCOL",
        "SSL_CIPHER",
    ),
)
"""Names that StdEnvVars sets; others are not known to be set."""


def attribute_of(one: ApacheDirective) -> str:
    """Return the header or property that SetEnvIf looks at."""
    return "User-Agent" if one.name.startswith("browser") else one.arg(0)


def set_by_request(one: ApacheDirective, request: ApacheRequest) -> None:
    """Set the variables of SetEnvIf and SetEnvIfExpr. Raises Undetermined and NotAssumed."""
    if one.name == BY_EXPRESSION:
        if condition(one, one.arg(0), request):
            _assign(one, one.args[1:], request)
        return
    args = one.args if not one.name.startswith("browser") else ("User-Agent", *one.args)
    if len(args) < 3:
        raise Undetermined(one.name, one.location)
    attribute, pattern, *assignments = args
    value = _attribute(attribute, request)
    if not value.exact:
        raise Undetermined(f"{one.name} {attribute}", one.location)
    if certainly(_fits(one, pattern, value.content, request)):
        _assign(one, assignments, request)


def _assign(one: ApacheDirective, assignments: Iterable[str], request: ApacheRequest) -> None:
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if name.startswith("!"):
            request.environment.pop(name[1:], None)
        else:
            if "$" in text:
                raise Undetermined("a variable with groups of an expression", one.location)
            request.environment[name] = ApacheValue(text if equals else "1")


def _fits(one: ApacheDirective, pattern: str, text: str, request: ApacheRequest) -> Answer:
    try:
        return compiled(pattern, ignore_case="nocase" in one.name).search(text) is not None
    except UnsupportedPattern as error:
        fact = OpenFact(f"{one.name} {one.location}", str(error), chosen=False, at=one.location)
        return request.assumed.get(fact.what, fact)


def _attribute(name: str, request: ApacheRequest) -> ApacheValue:
    kind = name.lower()
    if kind in _OF_CONNECTION:
        return ApacheValue(unknown=name)
    known = {
        "request_method": request.method,
        "request_uri": request.path,
        "request_protocol": request.protocol,
    }
    if kind in known:
        return ApacheValue(known[kind])
    if name in request.environment:
        return request.environment[name]
    if not name.replace("-", "").replace("_", "").isalnum():
        return ApacheValue(unknown=name)
    return of_header(name, request)

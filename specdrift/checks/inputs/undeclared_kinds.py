"""What documents do not declare, in kinds whose members are sent at once: header fields and parameters. Pure."""

from base64 import b64encode
from collections.abc import Iterable
from itertools import chain

from msgspec import Struct

Field = tuple[str, str]
Fields = tuple[Field, ...]
MADE_UP, PAIR, HERE = "{made-up}", "{pair}", "{here}"
"""Stand for a value that was never issued, for a user and password (RFC 7617), and for the server's own origin."""
NAMED_PAIR = "{name-and-made-up}"
"""Stands for the name of a client that may call the operation, with a password that was never issued."""
NAME, ROLE, UNIT = "{name}", "{role}", "{unit}"
"""Stand for the common name of a client that may call the operation, its role, and the organizational unit of its
certificate, which many services take for a role.
"""
LONG = "a" * 6_000
"""More than a filter of requests looks at, and less than most servers take in a request line."""
MANY = "abcdefghij" * 12
"""Names of more parameters than a filter of requests reads, by default."""
FIELD_SWITCHES = (
    *("X-Internal-Request", "X-Internal", "X-Debug", "X-Test", "X-Admin"),
    *("X-Feature", "X-Beta", "X-Mirror", "X-Shadow"),
)
SWITCHES = ("debug", "verbose", "test", "internal", "admin", "preview", "print", "raw", "embed", "beta")
"""Header fields and parameters that handlers compare with one value, as text. A field has one value in a request: of
1 and true, two kinds have the one and ``JOINED`` has the other, and a kind each has ``OTHER_FLAGS``.
"""
OTHER_FLAGS = ("yes", "on")
SELECTING = (
    *((name, "*") for name in ("fields", "select", "$select", "include", "expand", "$expand")),
    *((name, "full") for name in ("view", "mode", "type")),
    *(("limit", "1"), ("page", "1"), ("offset", "0"), ("sort", "id")),
)
"""Parameters of queries and representations (JSON:API, OData): handlers of lists look for them before a guard does."""
TABLES = ("csv", "xlsx")
"""Formats of an export, one with each of these values."""
STREAMS = "text/event-stream, application/x-ndjson, application/jsonl, application/json-seq"
KINDS_OF_JSON = "application/hal+json, application/vnd.api+json, application/ld+json, application/geo+json"
ENCODINGS = "application/yaml, application/x-protobuf, application/msgpack, application/cbor, application/pdf"
"""Representations that frameworks add to JSON. A server that selects one of a list takes its first."""
TRACING = (
    "traceparent",
    "tracestate",
    "baggage",
    "X-Request-ID",
    "X-Correlation-ID",
    "X-B3-TraceId",
    "X-Trace-ID",
)
"""Fields that identify a request, which middleware parses in front of the guard."""
USER = "admin"
USUAL_PAIR = b64encode(b"admin:admin").decode()
"""The user and password with which many products are delivered (RFC 7617)."""
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGVzIjpbImFkbWluIl0sImV4cCI6NDEwMjQ0NDgwMH0."
"""A JWT with ``"alg": "none"``, the subject and role ``admin``, and an expiry in 2100 (RFC 7519 §6)."""
DIGEST = (
    f'Digest username="{USER}", realm="{MADE_UP}", nonce="{MADE_UP}", uri="/", response="{"0" * 32}", qop=auth, '
    f'nc=00000001, cnonce="{MADE_UP}"'
)
"""A response to no challenge (RFC 7616 §3.4)."""
SIGNATURE = (
    f"AWS4-HMAC-SHA256 Credential={MADE_UP}/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, "
    f"Signature={'0' * 64}"
)
"""A signature of AWS, which a gateway of it checks."""
SIGNED_URL = (
    *(
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Date", "20260101T000000Z"),
        ("X-Amz-Expires", "604800"),
    ),
    *(("X-Amz-Credential", MADE_UP), ("X-Amz-SignedHeaders", "host"), ("X-Amz-Signature", "0" * 64)),
    *(
        ("X-Goog-Algorithm", "GOOG4-RSA-SHA256"),
        ("X-Goog-Credential", MADE_UP),
        ("X-Goog-Signature", "0" * 64),
    ),
    *(("sv", "2026-01-01"), ("sp", "r"), ("sr", "b"), ("se", "2100-01-01T00:00:00Z"), ("sig", MADE_UP)),
    *(("Expires", "4102444800"), ("Key-Pair-Id", MADE_UP), ("Policy", MADE_UP), ("Signature", MADE_UP)),
    *(("expires", "4102444800"), ("signature", MADE_UP), ("hmac", MADE_UP), ("hash", MADE_UP)),
)
"""Parameters of signed URLs of Amazon S3 and CloudFront, Google Cloud and Azure Storage, and of frameworks."""
AUTHORIZATION = "Authorization"
"""The one field that two kinds have, with another scheme each."""

MALFORMED = (
    (AUTHORIZATION, "Basic %"),
    ("Cookie", "specdrift"),
    ("Accept-Language", "en;q="),
    ("If-Modified-Since", "specdrift"),
    ("X-Forwarded-For", "specdrift"),
    ("Range", "bytes=specdrift"),
    ("Content-Type", "multipart/form-data"),
    *((name, "specdrift") for name in TRACING),
)


class Inputs(Struct, frozen=True, kw_only=True):
    """Header fields or query parameters of one kind."""

    words: str
    """What they are, for a message."""
    headers: Fields = ()
    parameters: Fields = ()
    query: str = ""
    """What no list of parameters can be encoded as."""
    joins: bool = False
    """Whether the fields can be sent with those of other kinds, so that none refuses what another one opens."""


KINDS = (
    # Guards that exempt a program compare the begin of its User-Agent: kinds that have none of their own have one.
    Inputs(
        words="made-up credentials",
        headers=(
            (AUTHORIZATION, f"Bearer {MADE_UP}"),
            ("X-API-Key", MADE_UP),
            ("Api-Key", MADE_UP),
            ("X-Auth-Token", MADE_UP),
            ("X-Access-Token", MADE_UP),
            ("Cookie", f"session={MADE_UP}; token={MADE_UP}"),
        ),
    ),
    Inputs(words="a made-up password", headers=((AUTHORIZATION, f"Basic {PAIR}"),)),
    # A credential that few servers read, so that neither hides what the parameters do.
    Inputs(
        words="a made-up Digest, and parameters that select",
        headers=((AUTHORIZATION, DIGEST),),
        parameters=SELECTING,
    ),
    Inputs(
        words="a made-up signature, and parameters as lists",
        headers=((AUTHORIZATION, SIGNATURE),),
        parameters=(
            *SIGNED_URL,
            *((f"{name}[]", value) for name, value in (*SELECTING, *((name, "1") for name in SWITCHES))),
        ),
    ),
    Inputs(words="a usual password", headers=((AUTHORIZATION, f"Basic {USUAL_PAIR}"),)),
    Inputs(
        words="the name of a client with a made-up password",
        headers=((AUTHORIZATION, f"Basic {NAMED_PAIR}"),),
    ),
    Inputs(
        words="the marks of an internal caller",
        joins=True,
        headers=(
            (
                "User-Agent",
                "kube-probe/1.31 ELB-HealthChecker/2.0 GoogleHC/1.0 Prometheus/2.53.0 Googlebot/2.1",
            ),
            ("Origin", HERE),
            ("Referer", f"{HERE}/"),
            ("X-Requested-With", "XMLHttpRequest"),
            ("Sec-Fetch-Site", "same-origin"),
            *((name, "true") for name in FIELD_SWITCHES),
            ("Accept-Language", "es"),
        ),
    ),
    Inputs(
        words="the marks of a development tool, an app or a scheduler",
        joins=True,
        headers=(
            ("User-Agent", "PostmanRuntime/7.39.0 curl/8.5.0 okhttp/4.12.0 Mobile CloudPubSub-Google"),
            ("Origin", "http://localhost:3000"),
            ("Referer", f"{HERE}/swagger-ui/index.html"),
            ("Accept-Language", "fr"),
            ("X-Appengine-Cron", "true"),
            ("X-CloudTasks-QueueName", "default"),
            ("Range", "items=0-24"),
        ),
    ),
    Inputs(
        words="the marks of a cache, a crawler or a CORS preflight",
        joins=True,
        headers=(
            ("User-Agent", "Googlebot/2.1 (+http://www.google.com/bot.html) bingbot/2.0"),
            ("Via", "1.1 internal, 1.1 cache"),
            ("Cache-Control", "only-if-cached, no-cache"),
            ("Pragma", "no-cache"),
            ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("If-Unmodified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),
            ("Range", "bytes=0-"),
            ("If-Range", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("If-Match", "*"),
            ("Last-Event-ID", "1"),
            ("X-B3-Flags", "1"),
            ("X-B3-Sampled", "1"),
            ("Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch"),
            ("Access-Control-Request-Method", "GET"),
            ("Accept-Language", "de"),
        ),
    ),
    Inputs(
        words="the marks of another version or environment",
        joins=True,
        headers=(
            ("User-Agent", "check_http/v2.3.3 (nagios-plugins) Zabbix UptimeRobot/2.0 Pingdom.com_bot"),
            ("X-API-Version", "1"),
            ("API-Version", "1"),
            ("Accept-Version", "1"),
            ("Accept", "application/json;version=1"),
            ("X-Env", "staging"),
            ("X-Environment", "staging"),
            ("X-Canary", "always"),
            ("Prefer", "respond-async"),
            ("Cookie", "canary=always; beta=1; preview=1; debug=1; env=staging"),
        ),
        parameters=(("version", "1"), ("v", "1"), ("env", "staging")),
    ),
    *(
        Inputs(
            words=f"switches of the value {value}",
            headers=tuple((name, value) for name in FIELD_SWITCHES),
            parameters=(*((name, value) for name in SWITCHES), ("format", table)),
        )
        for value, table in zip(OTHER_FLAGS, TABLES, strict=True)
    ),
    Inputs(
        words="an undeclared XML format or gRPC, and a range beyond the end",
        headers=(
            ("Accept", "application/xml"),
            ("Content-Type", "application/grpc"),
            ("Range", "bytes=999999999-"),
        ),
    ),
    # No further value of Accept: some servers compare the whole field. `BROWSER` has further representations.
    Inputs(
        words="an undeclared format of tables, and gRPC-Web",
        headers=(("Accept", "text/csv"), ("Content-Type", "application/grpc-web")),
    ),
    Inputs(
        words="parameters for developers",
        joins=True,
        headers=(("User-Agent", "Prometheus/2.53.0"),),
        parameters=(
            *((name, "1") for name in SWITCHES),
            ("format", "json"),
            ("_format", "json"),
            ("output", "json"),
            *((name, "1") for name in ("download", "export")),
            *((name, "de") for name in ("lang", "locale")),
            ("wsdl", ""),
            ("callback", "specdrift"),
            ("jsonp", "specdrift"),
            ("api_key", MADE_UP),
            ("token", MADE_UP),
            ("access_token", MADE_UP),
            *((name, "1") for name in ("authenticated", "authorized", "verified")),
        ),
    ),
    Inputs(
        words="parameters that name the caller or its role",
        joins=True,
        headers=(("User-Agent", "ELB-HealthChecker/2.0"),),
        parameters=(
            *((name, NAME) for name in ("user", "username", "user_id", "client_id", "subject", "as", "sudo")),
            *((name, NAME) for name in ("impersonate", "on_behalf_of")),
            *((name, ROLE) for name in ("role", "roles", "group", "scope")),
        ),
    ),
    Inputs(
        words="header fields that name the caller or its role",
        joins=True,
        headers=(
            ("User-Agent", "GoogleHC/1.0"),
            ("Cookie", f"user={NAME}; username={NAME}; role={ROLE}; roles={ROLE}"),
            *((name, NAME) for name in ("Impersonate-User", "X-Impersonate-User", "Sudo", "X-On-Behalf-Of")),
            *((name, ROLE) for name in ("Impersonate-Group", "X-Scope", "X-Permissions")),
            *(
                (name, UNIT)
                for name in ("X-Role", "X-Roles", "X-Groups", "X-User-Role", "X-Forwarded-Groups")
            ),
        ),
    ),
    Inputs(words="an unsigned token", headers=((AUTHORIZATION, f"Bearer {UNSIGNED}"),)),
    Inputs(words="malformed header fields", headers=MALFORMED),
    Inputs(words="a malformed Accept", headers=(("Accept", "*/*;q=specdrift"),)),
    Inputs(words="a malformed query", query="%ff=%&=%00&&"),
    Inputs(
        words="the usual fields of a browser",
        joins=True,
        headers=(
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
            ("Accept-Language", "sv, de;q=0.9, fr;q=0.8, zh;q=0.7, ja;q=0.6, pt;q=0.5"),
            ("Accept-Encoding", "identity, br;q=0.5"),
            ("If-None-Match", '"specdrift"'),
            ("Cache-Control", "no-cache"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
            ("Upgrade-Insecure-Requests", "1"),
            ("TE", "trailers"),
            # Without Connection it asks for nothing (RFC 9110 §7.8), and reaches guards that exempt handshakes.
            ("Upgrade", "websocket"),
        ),
    ),
    Inputs(
        words="the announcement of a body, and empty fields",
        headers=(
            ("Transfer-Encoding", "chunked"),
            ("Expect", "100-continue"),
            ("User-Agent", ""),
            ("Accept", ""),
        ),
    ),
    Inputs(words="a long query", parameters=(("padding", LONG),), query="&".join(MANY)),
)
"""A further kind is one row."""
OF_LISTENERS = (Inputs(words="an unknown expectation", headers=(("Expect", "200-ok"),)),)
"""What servers hand to code of its own before any route (Node's ``checkExpectation``), or refuse (RFC 9110 §10.1.1).
One operation stands for the listener.
"""

JOINED_BY = {"User-Agent": " ", "Cookie": "; "}
"""Fields whose values of all kinds make one value; of others one value is sent."""
APART = frozenset({"Accept"})
"""Fields of which each value excludes the others, and with them every representation but one."""


def _together(lists: Iterable[Fields]) -> Fields:
    """Return each field or parameter once, as far as they can be sent at once."""
    found: dict[str, str] = {}
    for name, value in chain.from_iterable(lists):
        if name in found and name in JOINED_BY:
            found[name] += JOINED_BY[name] + value
        elif name not in APART:
            found.setdefault(name, value)
    return tuple(found.items())


BROWSER = (
    "Accept",
    f"text/html, application/xhtml+xml, {STREAMS}, {KINDS_OF_JSON}, {ENCODINGS}, application/xml;q=0.9, */*;q=0.8",
)
"""Unlike other values of this field it excludes no representation. A handler that looks for one finds it."""
OTHER_FIELDS = (("Accept-Language", "de"), ("Range", "bytes=0-"), *((name, "1") for name in FIELD_SWITCHES))
OTHER_PARAMETERS = (("format", "xml"), *((name, "true") for name in SWITCHES))
"""Other values than those of the kinds; and of a range the usual unit, not that of lists (RFC 9110 §14.1)."""
JOINED = Inputs(
    words="fields and parameters of several kinds",
    headers=(BROWSER, *_together((OTHER_FIELDS, *(kind.headers for kind in KINDS if kind.joins)))),
    parameters=_together((OTHER_PARAMETERS, *(kind.parameters for kind in KINDS if kind.joins))),
)
"""Sent to each operation, while those with alike guards share the kinds: one handler may excuse what others do not."""

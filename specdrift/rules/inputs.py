"""Rules about what requests carry: whether it is looked at, and when."""

from specdrift.model.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="input-not-validated",
        severity=Severity.NOTE,
        title="Input that the document does not allow is not refused",
        summary="A good identity sends, in one parameter or member of a JSON body at a time, what its schema does not "
        "allow: a word for a number or a truth value, a value outside of `enum`, format or pattern, a number beyond its "
        "bounds, a text that is too long; an encoded path traversal; 6,000 characters; the same parameter twice. "
        "Reported is a success like that of good input, a server error (500, 502) where good input and a parameter that "
        "nobody declared bring none, and a traversal that brings the content of a well-known file: that one is serious. "
        "Each is seen twice, on fresh connections. What is clamped to its bound or cut off is not reported, nor is a "
        "text without constraints or a number written as text. Few operations are asked with five values each, more "
        "than eight with one in turn, and with whatever did something elsewhere; `--exhaustive` sends all. GET and HEAD only, unless unsafe methods may be sent; "
        "these never carry a traversal. A correct server answers 400, 404, 414 or 422.",
        why="The document tells callers, gateways and generators what the server takes. Where the server takes more, "
        "nobody has thought about what happens then; a certificate says who calls, not that the input is harmless.",
        remedy="Parse input into the declared types before it is used, and refuse what does not fit with 400 or 422; "
        "never join it to a path. Axum: `Path<u32>` and `Query<T>` of typed members rather than `String`; a file by a "
        "key of a table, or `canonicalize` and `starts_with`. nginx: a `location ~` with the pattern; `alias` with a "
        "trailing slash on both sides. Envoy: `path_with_escaped_slashes_action: REJECT_REQUEST`. HAProxy: "
        "`http-request deny if { path_sub -i %2f }`. Apache: `AllowEncodedSlashes Off`. Spring: `@Validated` with "
        "`@Min`, `@Max`, `@Pattern`; keep `StrictHttpFirewall`. Go: check the error of `strconv.Atoi`; `os.Root` or "
        "`filepath.IsLocal`. Node: a schema for `params`, `query` and `body` (Fastify, Ajv); `path.resolve` and a test "
        "of the prefix.",
        references=(
            "CWE-20",
            "CWE-22",
            "OWASP API4:2023",
            "OWASP API8:2023",
        ),
    ),
    Rule(
        id="denial-after-validation",
        severity=Severity.NOTE,
        title="Input is looked at before the caller is",
        summary="A caller without a certificate is refused when it asks as the document says, and told what is wrong "
        "with its input (400 or 422) when it does not. It sends a wrong value for every declared parameter at once, and "
        "an incomplete body where bodies may be sent. The good certificate must be told the same, the same value in a "
        "parameter that nobody declared must be refused as ever, and all of it twice. A correct server answers 401 or "
        "403, or ends the handshake, whatever the input is.",
        why="Strangers learn names and rules of the input, and their input reaches the code that parses it: whatever is "
        "wrong there can be used without a certificate.",
        remedy="Decide who calls before anything of the request is read. Axum: the guard as a layer around the router, "
        "or its extractor as the first argument of the handler, since extractors run in order. nginx: "
        "`ssl_verify_client on`, or the test of `$ssl_client_verify` in `server`. Envoy: the RBAC filter before those "
        "that validate. HAProxy: `verify required`, or the deny rule first. Apache: `Require` and `SSLVerifyClient` for "
        "the location. Spring: `authorizeHttpRequests` in the filter chain rather than checks in the controller. Go: the "
        "guard around the handler. Node: `app.use(guard)` before body parsers and validators; in Fastify `onRequest`, "
        "not `preHandler`.",
        references=(
            "CWE-204",
            "CWE-209",
            "CWE-696",
            "OWASP API2:2023",
            "OWASP API8:2023",
        ),
    ),
)

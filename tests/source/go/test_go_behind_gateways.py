"""What the middleware of a Go service does with the headers that nginx sets, for clients without a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.gateways.joined import DOCUMENT, found, nginx
from tests.source.go.go_modules import module, program

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = "GET /secure"
OPEN = {("gateway-optional-unchecked", SECURE, "error")}
ANY_CA = {("gateway-accepts-untrusted", SECURE, "error")}
FORGED = "gateway-trusts-client-header"
REJECTED: set[tuple[str, str, str]] = set()
VERIFY = 'proxy_set_header X-SSL-Verify $ssl_client_verify; proxy_set_header X-Client-DN "";'
SUBJECT = "proxy_set_header X-Client-DN $ssl_client_s_dn;"
DENY = 'http.Error(w, "no", http.StatusUnauthorized); return'
ROUTES = """
	mux := http.NewServeMux()
	mux.Handle("GET /secure", guard(http.HandlerFunc(list)))
	mux.HandleFunc("GET /public", list)
"""
MORE = """
const verify = "X-SSL-Verify"

func verified(r *http.Request) bool { return strings.EqualFold(r.Header.Get(verify), "success") }
func subject(h http.Header) (string, error) {
	if dn := h.Get("X-Client-DN"); dn != "" {
		return dn, nil
	}
	return "", errors.New("no client")
}
func list(w http.ResponseWriter, r *http.Request) { w.Write([]byte("data")) }
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		BODY
		next.ServeHTTP(w, r)
	})
}
"""


def service(body: str) -> str:
    """Return a service with one middleware, served without TLS."""
    code = MORE.replace("BODY", body.replace("DENY", DENY))
    return program(
        ROUTES,
        code,
        imports="strings errors os",
        serve='\tlog.Fatal(http.ListenAndServe("10.0.0.5:8080", mux))\n',
    )


def behind(folder: Path, headers: str, go: str, *, verify: str = "optional") -> Result:
    """Read nginx, which forwards everything with headers about the certificate, and the service."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    gateway = folder / "nginx.conf"
    gateway.write_text(
        nginx(f"location / {{ {headers} proxy_pass http://api; }}", verify=verify), encoding="utf-8"
    )
    return routes(Settings(spec=str(folder / "openapi.yaml")), (gateway, module(folder / "service", go)))


RESULTS = {
    "unequal": ('if r.Header.Get(verify) != "SUCCESS" { DENY }', REJECTED),
    "a helper": ("if !verified(r) { DENY }", REJECTED),
    "an index": ('if v := r.Header["X-Ssl-Verify"]; len(v) == 0 || v[0] != "SUCCESS" { DENY }', REJECTED),
    "values": (
        'for _, v := range r.Header.Values(verify) { if v == "SUCCESS" { next.ServeHTTP(w, r); return } }; DENY',
        REJECTED,
    ),
    "a switch": ('switch r.Header.Get(verify) { case "SUCCESS": default: DENY }', REJECTED),
    "a copy": (
        'h := r.Clone(r.Context()).Header; h.Set(verify, "SUCCESS"); if r.Header.Get(verify) != "SUCCESS" { DENY }',
        REJECTED,
    ),
    "removed": ('r.Header.Del(verify); if r.Header.Get(verify) == "" { DENY }', REJECTED),
    "its presence": ('if r.Header.Get(verify) == "" { DENY }', OPEN),
    "an entry": ('if _, ok := r.Header["X-Ssl-Verify"]; !ok { DENY }', OPEN),
    "reversed": ('if r.Header.Get(verify) == "SUCCESS" { DENY }', OPEN),
    "only failures": ('if strings.HasPrefix(r.Header.Get(verify), "FAILED") { DENY }', OPEN),
    "replaced": ('r.Header.Set(verify, "SUCCESS"); if r.Header.Get(verify) != "SUCCESS" { DENY }', OPEN),
    "only logged": ('if !verified(r) { log.Print("no client") }', OPEN),
    "no return": ('if !verified(r) { http.Error(w, "no", 401) }', OPEN),
}


@pytest.mark.parametrize(("code", "expected"), RESULTS.values(), ids=RESULTS)
def test_middleware_compares_the_result_of_the_verification(
    tmp_path: Path, code: str, expected: set[tuple[str, str, str]]
) -> None:
    """nginx sends ``NONE`` without a certificate."""
    assert found(behind(tmp_path, VERIFY, service(code))) == expected


@pytest.mark.parametrize(
    ("verify", "expected"), [("optional", REJECTED), ("optional_no_ca", ANY_CA)], ids=["optional", "any CA"]
)
@pytest.mark.parametrize(
    "code",
    ['if r.Header.Get("X-Client-DN") == "" { DENY }', "if _, err := subject(r.Header); err != nil { DENY }"],
    ids=["presence", "a helper"],
)
def test_the_presence_of_a_subject_is_enough_where_nginx_verifies(
    tmp_path: Path, code: str, verify: str, expected: set[tuple[str, str, str]]
) -> None:
    """nginx sends no subject without a certificate, and that of any CA's certificate with ``optional_no_ca``."""
    assert found(behind(tmp_path, SUBJECT, service(code), verify=verify)) == expected


def test_a_header_that_nginx_does_not_set_is_the_clients_own(tmp_path: Path) -> None:
    """The service compares the result, and any client can send it."""
    code = 'if r.Header.Get("X-SSL-Client-Verify") != "SUCCESS" { DENY }'
    assert (FORGED, SECURE, "error") in found(behind(tmp_path, "", service(code)))


ALTERNATIVE = 'if r.Header.Get(verify) != "SUCCESS" && r.Header.Get("X-Forwarded-Client") WANTED { DENY }'


@pytest.mark.parametrize(
    ("wanted", "nginx_too", "expected"),
    [
        ('== ""', "", OPEN),
        ('== ""', 'proxy_set_header X-Forwarded-Client "";', REJECTED),
        ("!= os.Getenv(verify)", "", None),
    ],
    ids=["any value", "removed", "a secret"],
)
def test_another_header_that_any_client_can_send_is_no_guard(
    tmp_path: Path, wanted: str, nginx_too: str, expected: set[tuple[str, str, str]] | None
) -> None:
    """Where a value is compared that is not known, the operation is undecided."""
    result = behind(tmp_path, VERIFY + nginx_too, service(ALTERNATIVE.replace("WANTED", wanted)))
    assert found(result) == (expected or REJECTED)
    assert bool(result.undecided) is (expected is None)


def test_a_layer_that_answers_before_the_guard_leaves_the_operation_open(tmp_path: Path) -> None:
    """The guard refuses what was answered already."""
    code = 'w.Write([]byte("data")); if !verified(r) { DENY }'
    assert found(behind(tmp_path, VERIFY, service(code))) == OPEN


GIN = """package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.New()
	r.GET("/public", func(c *gin.Context) { c.String(200, "ok") })
	r.GET("/secure", func(c *gin.Context) {
		if c.GetHeader("X-SSL-Verify") COMPARED {
			c.AbortWithStatus(403)
			return
		}
		c.Next()
	}, func(c *gin.Context) { c.String(200, "ok") })
	r.Run(":8080")
}
"""


@pytest.mark.parametrize(
    ("compared", "expected"), [('!= "SUCCESS"', REJECTED), ('== ""', OPEN)], ids=["the result", "presence"]
)
def test_gin_reads_the_header_from_its_context(
    tmp_path: Path, compared: str, expected: set[tuple[str, str, str]]
) -> None:
    """``GetHeader`` reads that of the request."""
    assert found(behind(tmp_path, VERIFY, GIN.replace("COMPARED", compared))) == expected


CHANGED = """
	router := http.NewServeMux()
	router.HandleFunc("GET /secure", list)
	router.HandleFunc("GET /public", list)
	mux := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		BEFORE
		router.ServeHTTP(w, r)
	})
"""
BY_PATH = "location /secure { if ($ssl_client_verify != SUCCESS) { return 403; } proxy_pass http://api; }"
EVERYTHING = "if ($ssl_client_verify != SUCCESS) { return 403; } proxy_pass http://api;"
ANOTHER = {("gateway-location-bypass", SECURE, "error")}


def changed(folder: Path, before: str, locations: str) -> tuple[set[tuple[str, str, str]], bool]:
    """Return the errors, and whether the guarded operation is undecided, for a service that changes the path."""
    list_only = '\nfunc list(w http.ResponseWriter, r *http.Request) { w.Write([]byte("data")) }\n'
    serve = '\tlog.Fatal(http.ListenAndServe("10.0.0.5:8080", mux))\n'
    go = program(CHANGED.replace("BEFORE", before), list_only, imports="strings", serve=serve)
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    gateway = folder / "nginx.conf"
    gateway.write_text(nginx(locations), encoding="utf-8")
    result = routes(Settings(spec=str(folder / "openapi.yaml")), (gateway, module(folder / "service", go)))
    errors = {one for one in found(result) if one[2] == "error"}
    return errors, SECURE in {str(one.operation) for one in result.undecided}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", (REJECTED, False)),
        ('r.Header.Set("X-Path", strings.ToLower(r.URL.Path))', (REJECTED, False)),
        ("r.URL.Path = strings.ToLower(r.URL.Path)", (ANOTHER, False)),
        ('r.URL.Path = strings.TrimPrefix(r.URL.Path, "/api")', (ANOTHER, False)),
        ('if p := r.Header.Get("X-Original-URL"); p != "" { r.URL.Path = p }', (REJECTED, True)),
        ("r.URL.Path = rewritten(r.URL.Path)", (REJECTED, True)),
        ('if m := r.Header.Get("X-HTTP-Method-Override"); m != "" { r.Method = m }', (REJECTED, True)),
    ],
    ids=["no change", "only read", "another case", "a prefix", "of a header", "not known", "the method"],
)
def test_a_path_that_the_service_changes_may_be_another_one_for_the_gateway(
    tmp_path: Path, before: str, expected: tuple[set[tuple[str, str, str]], bool]
) -> None:
    """The gateway guards the path of the operation only."""
    locations = BY_PATH + " location / { proxy_pass http://api; }"
    assert changed(tmp_path, before, locations) == expected


@pytest.mark.parametrize(
    "before",
    [
        "r.URL.Path = strings.ToLower(r.URL.Path)",
        'if p := r.Header.Get("X-Original-URL"); p != "" { r.URL.Path = p }',
    ],
    ids=["another case", "of a header"],
)
def test_the_path_does_not_matter_where_the_gateway_guards_all_paths(tmp_path: Path, before: str) -> None:
    """The twin of the services above."""
    assert changed(tmp_path, before, f"location / {{ {EVERYTHING} }}") == (REJECTED, False)


READER = """
const sent = "X-Client-Cert"

type checks struct{ names []string }

func (c checks) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.read(r) }
func (c checks) read(r *http.Request) string { return r.Header.Get(sent) }
func reads(r *http.Request) string { return checks{}.read(r) }
"""
CALLED = {
    "nothing calls it": ("", "", False),
    "the guard does": ("reads(r)", "", True),
    "a variable that a call makes does": ("", 'var _ = register(reads, "x")', True),
    "a variable without a name is its type": ("", "var _ http.Handler = checks{}\nvar _ = 1", False),
    "init does": ("", 'func init() { http.Handle("/x", checks{}) }', True),
    "a table that is read does": ("table[0](r)", "var table = []func(*http.Request) string{reads}", True),
    "a table that nothing reads does": ("", "var table = []func(*http.Request) string{reads}", False),
    "dead code does": ("", "func dead(r *http.Request) { reads(r) }", False),
}


@pytest.mark.parametrize(("guard", "more", "reached"), CALLED.values(), ids=CALLED)
def test_only_code_that_runs_reads_a_header(
    tmp_path: Path,
    guard: str,
    more: str,
    reached: bool,  # noqa: FBT001
) -> None:
    """A guard that a service no longer uses does not trust what clients send."""
    code = service('if r.Header.Get(verify) != "SUCCESS" { DENY }; ' + guard) + READER + more
    result = behind(tmp_path, VERIFY, code)
    assert (FORGED in {one.rule for one in result.drifts}) is reached


DECODED = """
func decoded(r *http.Request) bool {
	der, err := base64.StdEncoding.DecodeString(strings.Trim(r.Header.Get("X-Client-DN"), ":"))
	if err != nil || len(der) == 0 { return false }
	cert, err := x509.ParseCertificate(der)
	return err == nil && cert.Subject.CommonName != ""
}
"""


def test_what_code_that_is_not_known_makes_of_a_header_is_not_known(tmp_path: Path) -> None:
    """Nor is it of one that the gateway does not send: such a guard may refuse all without it."""
    code = service("if !decoded(r) { DENY }").replace(
        '"strings"', '"strings"\n"encoding/base64"\n"crypto/x509"'
    )
    result = behind(tmp_path, SUBJECT, code + DECODED)
    assert found(result) == set()
    assert {str(one.operation) for one in result.undecided} == {SECURE}

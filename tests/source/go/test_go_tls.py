"""What listeners of Go programs require of clients."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth, ListenerKind
from specdrift.source import SourceAnalysis
from tests.source.go.go_modules import CHECK, OPTIONAL, REQUIRED, program, reading, table

MUX = '\tmux := http.NewServeMux()\n\tmux.HandleFunc("GET /items", list)\n'
VERIFIER = """
func verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("no certificate")
	}
	return nil
}

var modes = map[int]tls.ClientAuthType{1: tls.RequireAndVerifyClientCert}

func lenient(state tls.ConnectionState) error { return nil }
"""


def serving(config: str, more: str = "") -> str:
    """Return a program that serves with a configuration."""
    serve = (
        f"{more}\tserver := &http.Server{{Addr: address, Handler: mux, TLSConfig: {config}}}\n"
        '\tlog.Fatal(server.ListenAndServeTLS("a", "b"))\n'
    )
    code = CHECK + VERIFIER + '\nvar address = ":8443"\n'
    return program(MUX, code, imports="errors os example.org/other", serve=serve)


def facts(found: SourceAnalysis) -> list[tuple[ClientAuth, bool]]:
    """Return the facts of the configurations."""
    return [(fact.client_auth, fact.conditional) for fact in found.view.tls]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (REQUIRED, [(ClientAuth.REQUIRED, False)]),
        (OPTIONAL, [(ClientAuth.OPTIONAL, False)]),
        ("&tls.Config{}", [(ClientAuth.NONE, False)]),
        ("nil", [(ClientAuth.NONE, False)]),
        ("&tls.Config{ClientAuth: tls.NoClientCert, ClientCAs: pool}", [(ClientAuth.NONE, False)]),
        ("&tls.Config{ClientAuth: tls.RequestClientCert}", [(ClientAuth.OPTIONAL, False)]),
        ("&tls.Config{ClientAuth: tls.RequireAnyClientCert}", [(ClientAuth.REQUIRED, False)]),
        ("&tls.Config{ClientAuth: 4, ClientCAs: pool}", [(ClientAuth.REQUIRED, False)]),
        ("&tls.Config{ClientAuth: tls.ClientAuthType(4), ClientCAs: pool}", [(ClientAuth.REQUIRED, False)]),
        ("&tls.Config{ClientAuth: tls.ClientAuthType(3), ClientCAs: pool}", [(ClientAuth.OPTIONAL, False)]),
        ("&tls.Config{ClientAuth: modes[1], ClientCAs: pool}", [(ClientAuth.REQUIRED, False)]),
        ("&tls.Config{ClientAuth: modes[2], ClientCAs: pool}", [(ClientAuth.NONE, False)]),
        ("&tls.Config{InsecureSkipVerify: true}", [(ClientAuth.NONE, False)]),
        ("&tls.Config{VerifyConnection: verify}", [(ClientAuth.REQUIRED, False)]),
        ("&tls.Config{VerifyConnection: lenient}", [(ClientAuth.NONE, False)]),
        (
            "&tls.Config{ClientAuth: tls.RequireAnyClientCert, VerifyPeerCertificate: other.Check}",
            [(ClientAuth.REQUIRED, False), (ClientAuth.CUSTOM, False)],
        ),
        ("&tls.Config{ClientAuth: tls.ClientAuthType(other.Mode())}", [(ClientAuth.CUSTOM, False)]),
        ("&tls.Config{GetConfigForClient: other.Config, ClientAuth: 4}", [(ClientAuth.CUSTOM, False)]),
        ("other.Config()", [(ClientAuth.CUSTOM, False)]),
    ],
)
def test_a_configuration_is_classified(
    tmp_path: Path, config: str, expected: list[tuple[ClientAuth, bool]]
) -> None:
    """By ``ClientAuth``, and by what else decides."""
    assert facts(reading(tmp_path, serving(config))) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("\tconfig.ClientAuth = tls.RequireAndVerifyClientCert\n", [(ClientAuth.REQUIRED, False)]),
        (
            '\tif os.Getenv("MTLS") != "" {\n\t\tconfig.ClientAuth = tls.RequireAndVerifyClientCert\n\t}\n',
            [(ClientAuth.NONE, True), (ClientAuth.REQUIRED, True)],
        ),
        ("\tconfig = config.Clone()\n\tconfig.ClientAuth = 4\n", [(ClientAuth.REQUIRED, False)]),
        ("\tother := config.Clone()\n\tother.ClientAuth = 4\n", [(ClientAuth.NONE, False)]),
        ("\tsecure(config)\n", [(ClientAuth.REQUIRED, False)]),
    ],
)
def test_a_configuration_that_is_changed_is_followed(
    tmp_path: Path, lines: str, expected: list[tuple[ClientAuth, bool]]
) -> None:
    """By assignments, in branches, in a copy and in functions."""
    code = serving("config", f"\tconfig := &tls.Config{{ClientCAs: pool}}\n{lines}")
    code += "\nfunc secure(config *tls.Config) { config.ClientAuth = tls.RequireAndVerifyClientCert }\n"
    assert sorted(facts(reading(tmp_path, code))) == sorted(expected)


@pytest.mark.parametrize(
    ("serve", "kind"),
    [
        ('http.ListenAndServe(":80", mux)', ListenerKind.PLAINTEXT),
        ('http.ListenAndServe("127.0.0.1:80", mux)', ListenerKind.LOCAL),
        ('http.ListenAndServe(os.Getenv("ADDRESS"), mux)', ListenerKind.PLAINTEXT),
        ('http.ListenAndServeTLS(":443", "a", "b", mux)', ListenerKind.TLS),
        ("(&http.Server{Handler: mux}).ListenAndServe()", ListenerKind.PLAINTEXT),
        (f"(&http.Server{{Handler: mux}}).Serve(tls.NewListener(plain, {REQUIRED}))", ListenerKind.TLS),
        ("(&http.Server{Handler: mux}).Serve(plain)", ListenerKind.PLAINTEXT),
        ('(&http.Server{Handler: mux}).ServeTLS(plain, "a", "b")', ListenerKind.TLS),
        ("http.Serve(local, mux)", ListenerKind.LOCAL),
        ("http.Serve(other.Listener(), mux)", ListenerKind.UNKNOWN),
    ],
)
def test_the_listener_of_a_router_is_known(tmp_path: Path, serve: str, kind: ListenerKind) -> None:
    """TCP, TLS, a socket, or one of another module."""
    more = '\tplain, _ := net.Listen("tcp", ":1")\n\tlocal, _ := net.Listen("unix", "/run/x")\n'
    code = program(
        MUX,
        imports="net os example.org/other",
        serve=f"{more}\tlog.Fatal({serve})\n\t_ = local\n\t_ = plain\n",
    )
    (route,) = reading(tmp_path, code).view.routes
    assert route.listeners == (kind,)


def test_a_plaintext_listener_beside_one_with_tls_is_found(tmp_path: Path) -> None:
    """The same routes, without any certificate."""
    serve = f'\tgo http.ListenAndServe(":80", mux)\n\tserver := &http.Server{{Handler: mux, TLSConfig: {REQUIRED}}}\n'
    serve += '\tlog.Fatal(server.ListenAndServeTLS("a", "b"))\n'
    found = reading(tmp_path, program(MUX, serve=serve))
    assert [finding.rule for finding in found.findings] == ["plaintext-listener-in-source"]
    assert found.view.routes[0].listeners == (ListenerKind.PLAINTEXT, ListenerKind.TLS)


@pytest.mark.parametrize(
    ("config", "rules"),
    [
        (REQUIRED, []),
        ("&tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}", ["public-roots-for-clients"]),
        ("&tls.Config{ClientAuth: tls.VerifyClientCertIfGiven}", ["public-roots-for-clients"]),
        ("&tls.Config{ClientAuth: tls.RequireAnyClientCert}", ["client-certificate-not-verified"]),
        ("&tls.Config{ClientAuth: tls.RequireAnyClientCert, VerifyConnection: verify}", []),
        ("&tls.Config{InsecureSkipVerify: true}", []),
    ],
)
def test_defects_of_configurations_are_found(tmp_path: Path, config: str, rules: list[str]) -> None:
    """Certificates that are not verified, or that any public CA issues; a client's option is no defect."""
    assert [finding.rule for finding in reading(tmp_path, serving(config)).findings] == rules


def test_certificates_that_code_may_verify_are_no_finding(tmp_path: Path) -> None:
    """``x509.Certificate.Verify`` somewhere in the service."""
    code = serving("&tls.Config{ClientAuth: tls.RequireAnyClientCert}")
    code += "\nfunc check(cert *x509.Certificate) { cert.Verify(x509.VerifyOptions{}) }\n"
    found = reading(tmp_path, code)
    assert found.findings == ()
    assert facts(found) == [(ClientAuth.REQUIRED, False), (ClientAuth.CUSTOM, False)]


def test_a_guard_that_admits_plaintext_counts_on_tls_only(tmp_path: Path) -> None:
    """Requests of a listener with TLS always have a state."""
    guard = CHECK.replace("r.TLS == nil || ", "r.TLS != nil && ")
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("/a", certificate(http.HandlerFunc(list)))\n'
    assert table(reading(tmp_path, program(body, guard))) == [("*", "/a", "list", "certificate")]
    plain = program(body, guard, serve='\tlog.Fatal(http.ListenAndServe(":80", mux))\n')
    assert table(reading(tmp_path, plain)) == [("*", "/a", "list", "unknown")]


def test_a_guard_that_is_one_of_several_values_is_evaluated_in_each(tmp_path: Path) -> None:
    """A method that only gets the request is no handler, and its refusal counts."""
    guard = """
type gate struct{ name string }

func (g *gate) Authorize(r *http.Request) error {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return errors.New("no certificate")
	}
	return nil
}

func gated(g *gate, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.Authorize(r); err != nil {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		r.Header.Set("X-Purpose", g.name)
		next.ServeHTTP(w, r)
	})
}
"""
    body = (
        '\tg := &gate{"a"}\n\tif os.Getenv("B") != "" {\n\t\tg = &gate{"b"}\n\t}\n'
        '\tmux := http.NewServeMux()\n\tmux.Handle("/a", gated(g, http.HandlerFunc(list)))\n'
    )
    code = program(body, CHECK + guard, imports="errors os")
    assert table(reading(tmp_path, code)) == [("*", "/a", "list", "certificate")]
    unknown = code.replace("g := &gate", "g := other.Gate()\n\t_ = &gate")
    unknown = unknown.replace('"os"', '"os"\n\t"example.org/other"')
    assert table(reading(tmp_path, unknown)) == [("*", "/a", "list", "unknown")]


def test_what_other_code_fills_in_is_not_known(tmp_path: Path) -> None:
    """A configuration that is decoded decides nothing before, and input that is decoded refuses no caller."""
    more = """
type config struct {
	Debug bool
	TLS   struct{ Require bool }
}

type order struct{ Name string }

func create(w http.ResponseWriter, r *http.Request) {
	_ = len(r.TLS.PeerCertificates)
	var in order
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Name == "" {
		http.Error(w, "bad", http.StatusBadRequest)
		return
	}
}
"""
    body = (
        "\tvar c config\n\tjson.Unmarshal(data, &c)\n\tmux := http.NewServeMux()\n"
        '\tif c.Debug {\n\t\tmux.HandleFunc("/debug", list)\n\t}\n\tmux.HandleFunc("/new", create)\n'
        "\tserved := &tls.Config{}\n\tif c.TLS.Require {\n\t\tserved.ClientAuth = 4\n\t}\n"
    )
    serve = '\tserver := &http.Server{Handler: mux, TLSConfig: served}\n\tserver.ListenAndServeTLS("", "")\n'
    found = reading(tmp_path, program(body, CHECK + more, imports="encoding/json", serve=serve))
    assert table(found) == [("*", "/debug", "list", "none"), ("*", "/new", "create", "none")]
    assert [route.conditional for route in found.view.routes] == [True, False]
    assert sorted(facts(found)) == [(ClientAuth.NONE, True), (ClientAuth.REQUIRED, True)]


UNVERIFIED = ["client-certificate-not-verified"]
OWN_CHECKS = {
    "nothing but nil": ("return nil", UNVERIFIED),
    "a line of the log": ('log.Printf("client %d", len(raw)); return nil', UNVERIFIED),
    "a loop that counts": ("for range raw { count++ }; return nil", UNVERIFIED),
    "an error in a loop": (
        'for _, one := range raw { if bad(one) { return errors.New("no") } }; return nil',
        [],
    ),
    "an error of a loop": ("var err error; for _, one := range raw { err = check(one) }; return err", []),
    "an error for none": ('if len(raw) == 0 { return errors.New("none") }; return nil', []),
    "an error of another function": ("return check(raw[0])", []),
    "an error in a switch": (
        'switch string(raw[0]) { case "a": return nil; default: return errors.New("no") }',
        [],
    ),
    "a closure": ('f := func() error { return errors.New("no") }; return f()', []),
    "a function that may panic": ("must(raw); return nil", []),
    "a method that may": ("verifier.Must(raw); return nil", []),
    "a panic": ('if bad(raw[0]) { panic("no") }; return nil', []),
}


@pytest.mark.parametrize(("body", "expected"), OWN_CHECKS.values(), ids=OWN_CHECKS)
def test_a_check_that_returns_nothing_but_nil_verifies_nothing(
    tmp_path: Path, body: str, expected: list[str]
) -> None:
    """It was taken for a verification that only a request can judge."""
    check = f"func(raw [][]byte, _ [][]*x509.Certificate) error {{ {body} }}"
    config = f"&tls.Config{{ClientAuth: tls.RequireAnyClientCert, VerifyPeerCertificate: {check}}}"
    more = """
var count int
func bad(raw []byte) bool { return other.Bad(raw) }
func must(raw [][]byte) { if bad(raw[0]) { panic("no") } }
func check(raw []byte) error { return other.Check(raw) }
"""
    found = reading(tmp_path, serving(config) + more)
    assert [finding.rule for finding in found.findings] == expected
    assert (ClientAuth.CUSTOM in {kind for kind, _ in facts(found)}) is not bool(expected)

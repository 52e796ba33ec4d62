"""What is served of Go programs: by which handler of several, and with which TLS configuration."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth
from tests.source.go.go_modules import CHECK, OPTIONAL, REQUIRED, program, reading, table, unread

MUX = '\tmux := http.NewServeMux()\n\tmux.HandleFunc("GET /items", list)\n'
CHECKS = """
func chained(raw [][]byte, chains [][]*x509.Certificate) error {
	if len(chains) == 0 {
		return errors.New("no chain")
	}
	return nil
}

func parsed(raw [][]byte, chains [][]*x509.Certificate) error {
	for _, one := range raw {
		if _, err := x509.ParseCertificate(one); err != nil {
			return err
		}
	}
	return nil
}
"""


@pytest.mark.parametrize(
    ("auth", "check", "expected"),
    [
        ("VerifyClientCertIfGiven", "chained", ClientAuth.REQUIRED),
        ("VerifyClientCertIfGiven", "parsed", ClientAuth.OPTIONAL),
        ("NoClientCert", "chained", ClientAuth.NONE),
    ],
)
def test_what_verifies_certificates_is_also_called_without_one(
    auth: str, check: str, expected: ClientAuth, tmp_path: Path
) -> None:
    """Unless the server requests none."""
    config = f"&tls.Config{{ClientCAs: pool, ClientAuth: tls.{auth}, VerifyPeerCertificate: {check}}}"
    serve = f'\tlog.Fatal((&http.Server{{Handler: mux, TLSConfig: {config}}}).ListenAndServeTLS("a", "b"))\n'
    found = reading(tmp_path, program(MUX, CHECK + CHECKS, imports="errors", serve=serve))
    assert [fact.client_auth for fact in found.view.tls] == [expected]


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("return nil, nil", [ClientAuth.REQUIRED]),
        ("return base, nil", [ClientAuth.REQUIRED]),
        ("other := base.Clone()\n\t\tother.MinVersion = 0x304\n\t\treturn other, nil", [ClientAuth.REQUIRED]),
        (
            "other := base.Clone()\n\t\tother.ClientAuth = tls.NoClientCert\n\t\treturn other, nil",
            [ClientAuth.NONE],
        ),
        (
            'if hello.ServerName == "public" {\n\t\t\treturn &tls.Config{}, nil\n\t\t}\n\t\treturn base, nil',
            [ClientAuth.NONE, ClientAuth.REQUIRED],
        ),
        ("return unknown(hello)", [ClientAuth.CUSTOM]),
    ],
)
def test_the_configuration_that_a_function_chooses_counts(
    returned: str, expected: list[ClientAuth], tmp_path: Path
) -> None:
    """For ``nil``, it is that which has the function."""
    body = (
        f"{MUX}\tbase := {REQUIRED}\n\tconfig := base.Clone()\n"
        "\tconfig.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {\n"
        f"\t\t{returned}\n\t}}\n"
    )
    serve = '\tlog.Fatal((&http.Server{Handler: mux, TLSConfig: config}).ListenAndServeTLS("a", "b"))\n'
    code = program(body, imports="example.org/other", serve=serve).replace("unknown(", "other.Choose(")
    facts = [fact.client_auth for fact in reading(tmp_path, code).view.tls]
    assert sorted(facts) == sorted(expected)


def test_certificates_that_code_may_compare_as_a_whole_are_no_finding(tmp_path: Path) -> None:
    """A pinned certificate needs no CA."""
    config = "&tls.Config{ClientAuth: tls.RequestClientCert}"
    serve = f'\tlog.Fatal((&http.Server{{Handler: mux, TLSConfig: {config}}}).ListenAndServeTLS("a", "b"))\n'
    pinned = "\nfunc known(cert *x509.Certificate) bool { return sha256.Sum256(cert.Raw) == pin }\n"
    found = reading(tmp_path, program(MUX, CHECK + pinned, imports="crypto/sha256", serve=serve))
    assert (found.findings, ClientAuth.CUSTOM in {fact.client_auth for fact in found.view.tls}) == ((), True)


@pytest.mark.parametrize(
    ("pattern", "listed"),
    [('"/"', ["one of several handlers, which have different routes"]), ('"/other"', [])],
)
def test_a_handler_that_may_be_served_instead_answers_other_paths(
    pattern: str, listed: list[str], tmp_path: Path
) -> None:
    """It has no route for what the other one guards, and one for all paths."""
    body = (
        '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", certificate(http.HandlerFunc(list)))\n'
        f"\tother := http.NewServeMux()\n\tother.HandleFunc({pattern}, list)\n"
        '\tif os.Getenv("OTHER") != "" {\n\t\tmux = other\n\t}\n'
    )
    found = reading(tmp_path, program(body, imports="os"))
    assert [what for what, _ in unread(found)] == listed


@pytest.mark.parametrize(("answer", "routes"), [("http.Redirect(w, r, to, 301)", 0), ("w.Write(nil)", 2)])
def test_a_handler_that_only_redirects_serves_nothing(answer: str, routes: int, tmp_path: Path) -> None:
    """As those that send clients to the listener with TLS."""
    handler = (
        "\nfunc redirect(w http.ResponseWriter, r *http.Request) {\n"
        f'\tto := "https://" + r.Host + r.URL.Path\n\t{answer}\n\t_ = to\n}}\n'
    )
    serve = (
        '\tgo http.ListenAndServe(":80", http.HandlerFunc(redirect))\n'
        f'\tlog.Fatal((&http.Server{{Handler: mux, TLSConfig: {OPTIONAL}}}).ListenAndServeTLS("a", "b"))\n'
    )
    found = reading(tmp_path, program(MUX, CHECK + handler, serve=serve))
    assert sum(row[2] == "redirect" for row in table(found)) == routes
    assert (unread(found) == []) is (routes == 0)


CHI = """
func routes() *chi.Mux {
	r := chi.NewRouter()
	FIRST
	SECOND
	return r
}

func inner() *chi.Mux {
	r := chi.NewRouter()
	r.Get("/", list)
	return r
}
"""
OPEN, MOUNT = 'r.Get("/items", list)', 'r.Mount("/items", certificate(inner()))'
GUARDED = 'r.Get("/items", certificate(http.HandlerFunc(list)).ServeHTTP)'


@pytest.mark.parametrize(
    ("first", "second", "is_open"),
    [(OPEN, MOUNT, False), (MOUNT, OPEN, True), (OPEN, GUARDED, False), (GUARDED, OPEN, True)],
)
def test_the_last_route_of_chi_for_a_pattern_counts(
    first: str, second: str, tmp_path: Path, *, is_open: bool
) -> None:
    """A mount replaces the route of its own path, too."""
    code = CHECK + CHI.replace("FIRST", first).replace("SECOND", second)
    found = reading(tmp_path, program("\tmux := routes()\n", code, imports="github.com/go-chi/chi/v5"))
    assert (("GET", "/items", "list", "none") in table(found)) is is_open

"""Values of Go programs on which routers and guards depend."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth, Guarding
from tests.source.go.go_modules import CHECK, OPTIONAL, REQUIRED, program, reading, table, unread

CERTIFICATE = ("GET", "/items", "list", "certificate")
OPEN = ("GET", "/items", "list", "none")


def rows(folder: Path, body: str, more: str = "", imports: str = "") -> list[tuple[str, str, str, str]]:
    """Return the routes of a program."""
    return table(reading(folder, program(body, CHECK + more, imports=imports)))


CHAIN = """
type Chain []func(http.Handler) http.Handler

func (c Chain) Then(h http.Handler) http.Handler {
	for _, layer := range slices.Backward(c) {
		h = layer(h)
	}
	return h
}

func (c Chain) Append(more ...func(http.Handler) http.Handler) Chain {
	return append(slices.Clone(c), more...)
}

func logged(next http.Handler) http.Handler { return next }
"""


@pytest.mark.parametrize(
    ("chain", "expected"),
    [("Chain{logged}.Append(certificate)", CERTIFICATE), ("Chain{logged}.Append()", OPEN)],
)
def test_lists_of_layers_are_followed(
    chain: str, expected: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """Copies, parts and sequences of a list that is known are known."""
    body = f'\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", {chain}.Then(http.HandlerFunc(list)))\n'
    assert rows(tmp_path, body, CHAIN, "slices") == [expected]


LAYERS = """
type layers struct{ all []func(http.Handler) http.Handler }

func (l POINTERlayers) use(one func(http.Handler) http.Handler) { l.all = append(l.all, one) }

func (l layers) around(h http.Handler) http.Handler {
	for _, one := range l.all {
		h = one(h)
	}
	return h
}
"""


@pytest.mark.parametrize(("pointer", "expected"), [("*", CERTIFICATE), ("", OPEN)])
def test_a_method_changes_the_struct_of_its_caller_through_a_pointer_only(
    pointer: str, expected: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """Else it gets a copy."""
    body = (
        "\tvar own layers\n\town.use(certificate)\n\tmux := http.NewServeMux()\n"
        '\tmux.Handle("GET /items", own.around(http.HandlerFunc(list)))\n'
    )
    assert rows(tmp_path, body, LAYERS.replace("POINTER", pointer)) == [expected]


ONCE = """
var (
	once   sync.Once
	router *http.ServeMux
)

func shared() *http.ServeMux {
	once.Do(func() {
		router = http.NewServeMux()
		router.Handle("GET /items", certificate(http.HandlerFunc(list)))
	})
	return router
}

func init() { shared().HandleFunc("GET /open", list) }
"""


def test_a_router_that_is_made_once_has_the_routes_of_all_who_ask_for_it(tmp_path: Path) -> None:
    """It is not made again."""
    found = reading(tmp_path, program("\tmux := shared()\n", CHECK + ONCE, imports="sync"))
    assert table(found) == [CERTIFICATE, ("GET", "/open", "list", "none")]
    assert unread(found) == []


def test_a_router_that_replaces_the_default_one_is_served(tmp_path: Path) -> None:
    """A server without a handler serves it."""
    body = '\tmux := http.NewServeMux()\n\tmux.HandleFunc("GET /items", list)\n\thttp.DefaultServeMux = mux\n'
    serve = f'\tlog.Fatal((&http.Server{{TLSConfig: {OPTIONAL}}}).ListenAndServeTLS("a", "b"))\n'
    assert table(reading(tmp_path, program(body, serve=serve))) == [OPEN]


def test_a_field_of_an_embedded_server_is_stored_in_it(tmp_path: Path) -> None:
    """The server that is embedded serves."""
    server = "\ntype Server struct {\n\thttp.Server\n\tname string\n}\n"
    body = '\tmux := http.NewServeMux()\n\tmux.HandleFunc("GET /items", list)\n'
    serve = (
        "\town := new(Server)\n\town.Handler = mux\n"
        f'\town.TLSConfig = {REQUIRED}\n\tlog.Fatal(own.ListenAndServeTLS("a", "b"))\n'
    )
    found = reading(tmp_path, program(body, CHECK + server, serve=serve))
    assert [fact.client_auth for fact in found.view.tls] == [ClientAuth.REQUIRED]
    assert table(found) == [OPEN]


CONFIGURATION = """
type level int

const (
	off level = iota
	strict
)

func (l level) auth() tls.ClientAuthType {
	if l == strict {
		return tls.RequireAndVerifyClientCert
	}
	return tls.NoClientCert
}

func configured(file string, l level) (*tls.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return &tls.Config{ClientCAs: pool, ClientAuth: l.auth()}, nil
}
"""


@pytest.mark.parametrize(("level", "expected"), [("strict", ClientAuth.REQUIRED), ("off", ClientAuth.NONE)])
def test_a_constant_has_the_methods_of_its_type_and_an_error_is_no_configuration(
    level: str, expected: ClientAuth, tmp_path: Path
) -> None:
    """A program that fails to load its configuration does not serve."""
    body = '\tmux := http.NewServeMux()\n\tmux.HandleFunc("GET /items", list)\n'
    serve = (
        f'\tconfig, err := configured("a", {level})\n\tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n'
        '\tlog.Fatal((&http.Server{Handler: mux, TLSConfig: config}).ListenAndServeTLS("a", "b"))\n'
    )
    found = reading(tmp_path, program(body, CHECK + CONFIGURATION, imports="os fmt", serve=serve))
    assert [(fact.client_auth, fact.conditional) for fact in found.view.tls] == [(expected, False)]


SKIPPING = """
var public = []string{"/items", "/health"}

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(public, r.URL.Path) && len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
"""


@pytest.mark.parametrize(("path", "expected"), [("/items", Guarding.NONE), ("/orders", Guarding.CERTIFICATE)])
def test_lists_of_paths_are_searched(path: str, expected: Guarding, tmp_path: Path) -> None:
    """The guard passes on those of the list."""
    body = f'\tmux := http.NewServeMux()\n\tmux.Handle("GET {path}", secured(http.HandlerFunc(list)))\n'
    [route] = reading(tmp_path, program(body, CHECK + SKIPPING, imports="slices")).view.routes
    assert route.guard is expected


LISTS = """
func without(all []func(http.Handler) http.Handler) { all[0] = logged }

func around(all []func(http.Handler) http.Handler) http.Handler {
	var h http.Handler = http.HandlerFunc(list)
	for _, one := range all {
		h = one(h)
	}
	return h
}

func logged(next http.Handler) http.Handler { return next }
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("without(all)", OPEN),
        ("other := all\n\tother[0] = logged", OPEN),
        ("other := append([]func(http.Handler) http.Handler{}, all...)\n\tother[0] = logged", CERTIFICATE),
        ("_ = all[0]", CERTIFICATE),
    ],
)
def test_an_element_changes_in_all_variables_of_a_list(
    line: str, expected: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """They share its elements; a copy has its own."""
    body = (
        f"\tall := []func(http.Handler) http.Handler{{certificate}}\n\t{line}\n"
        '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", around(all))\n'
    )
    assert rows(tmp_path, body, LISTS) == [expected]


SETTINGS = """
type settings struct {
	name   string
	secure bool
}

func change(s *settings) { LINE }
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('*s = settings{name: "x"}', OPEN),
        ('*s = settings{name: "x", secure: true}', CERTIFICATE),
        ("other := *s\n\tother.secure = false", CERTIFICATE),
    ],
)
def test_a_struct_that_is_replaced_has_the_fields_of_the_other_one(
    line: str, expected: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """Also those that were not written."""
    body = (
        "\town := settings{secure: true}\n\tchange(&own)\n\tmux := http.NewServeMux()\n"
        "\tvar h http.Handler = http.HandlerFunc(list)\n\tif own.secure {\n\t\th = certificate(h)\n\t}\n"
        '\tmux.Handle("GET /items", h)\n'
    )
    assert rows(tmp_path, body, SETTINGS.replace("LINE", line)) == [expected]


CHECKED = """
func check(r *http.Request) (err error) {
	defer DEFERRED
	if len(r.TLS.PeerCertificates) == 0 {
		return errors.New("no certificate")
	}
	return nil
}

func checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := check(r); err != nil {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
"""


@pytest.mark.parametrize(
    ("deferred", "expected"),
    [
        ("func() { err = nil }()", Guarding.NONE),
        ("func() { log.Println(err) }()", Guarding.CERTIFICATE),
        ('func() {\n\t\tif err != nil {\n\t\t\terr = errors.New("x")\n\t\t}\n\t}()', Guarding.CERTIFICATE),
    ],
)
def test_a_deferred_call_may_change_the_result(deferred: str, expected: Guarding, tmp_path: Path) -> None:
    """Results with names are variables."""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", checked(http.HandlerFunc(list)))\n'
    code = program(body, CHECK + CHECKED.replace("DEFERRED", deferred), imports="errors")
    [route] = reading(tmp_path, code).view.routes
    assert route.guard is expected


@pytest.mark.parametrize(
    ("deferred", "expected"),
    [("func() {\n\t\trecover()\n\t}()", Guarding.NONE), ("log.Println(err)", Guarding.CERTIFICATE)],
)
def test_a_panic_that_is_recovered_refuses_no_request(
    deferred: str, expected: Guarding, tmp_path: Path
) -> None:
    """The function returns its results."""
    more = CHECKED.replace("DEFERRED", deferred).replace(
        "if len(r.TLS.PeerCertificates) == 0", "if r.TLS.PeerCertificates[0] == nil"
    )
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", checked(http.HandlerFunc(list)))\n'
    [route] = reading(tmp_path, program(body, CHECK + more, imports="errors")).view.routes
    assert route.guard is expected


def test_a_handler_that_refuses_in_front_of_another_one_is_no_route(tmp_path: Path) -> None:
    """The guard calls it instead."""
    more = """
var denied http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "no", http.StatusForbidden)
})

func choosing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := denied
		if len(r.TLS.PeerCertificates) > 0 {
			h = next
		}
		h.ServeHTTP(w, r)
	})
}
"""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", choosing(http.HandlerFunc(list)))\n'
    assert rows(tmp_path, body, more) == [CERTIFICATE]

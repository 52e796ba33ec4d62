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


SWITCHED = """
type guard struct{ enabled bool }

func (g guard) byValue(next http.Handler) http.Handler { return g.wrap(next) }

func (g *guard) byPointer(next http.Handler) http.Handler { return g.wrap(next) }

func (g guard) wrap(next http.Handler) http.Handler {
	if !g.enabled {
		return next
	}
	return certificate(next)
}

type holder struct{ guard }

type pointing struct{ *guard }

type outer struct{ inner guard }
"""
TAKEN = {
    "of a variable": ("g := guard{NOW}", "g.byValue", "g"),
    "through a pointer": ("g := &guard{NOW}", "g.byValue", "g"),
    "of an embedded struct": ("g := holder{guard: guard{NOW}}", "g.byValue", "g"),
    "of an embedded pointer": ("g := pointing{guard: &guard{NOW}}", "g.byValue", "g"),
    "of a field": ("g := outer{inner: guard{NOW}}", "g.inner.byValue", "g.inner"),
    "of an element": ("g := []guard{{NOW}}", "g[0].byValue", "g[0]"),
}
LIVE = {
    "by a pointer receiver": ("g := guard{NOW}", "g.byPointer", "g"),
    "in a closure": (
        "g := guard{NOW}",
        "func(h http.Handler) http.Handler { return g.byValue(h) }",
        "g",
    ),
}


def switched(folder: Path, form: tuple[str, str, str], *, now: bool) -> list[tuple[str, str, str, str]]:
    """Routes of a program that sets the field to the contrary after the method was taken."""
    made, taken, owner = form
    text = f"enabled: {str(now).lower()}" if "guard{NOW}" in made else str(now).lower()
    body = (
        f"\t{made.replace('NOW', text)}\n\twrap := {taken}\n\t{owner}.enabled = {str(not now).lower()}\n"
        '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", wrap(http.HandlerFunc(list)))\n'
    )
    return rows(folder, body, SWITCHED)


@pytest.mark.parametrize("now", [True, False])
@pytest.mark.parametrize("form", TAKEN.values(), ids=TAKEN)
def test_a_method_value_keeps_the_struct_as_it_was(
    form: tuple[str, str, str],
    now: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """Its receiver is evaluated and copied with it (Go specification, method values)."""
    assert switched(tmp_path, form, now=now) == [CERTIFICATE if now else OPEN]


@pytest.mark.parametrize("now", [True, False])
@pytest.mark.parametrize("form", LIVE.values(), ids=LIVE)
def test_a_pointer_and_a_variable_are_followed(
    form: tuple[str, str, str],
    now: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """They are read when the function is called."""
    assert switched(tmp_path, form, now=now) == [OPEN if now else CERTIFICATE]


GATE = """
type gate struct{ next http.Handler }

func (g POINTERgate) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.next.ServeHTTP(w, r) }
"""


@pytest.mark.parametrize(("pointer", "handler"), [("", "g"), ("", "g.ServeHTTP"), ("*", "&g")])
@pytest.mark.parametrize("now", [True, False])
def test_a_library_gets_a_copy_of_a_struct(
    pointer: str,
    handler: str,
    now: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """A handler that is no pointer is the struct at its registration."""
    guarded, bare = "certificate(http.HandlerFunc(list))", "http.HandlerFunc(list)"
    first, then = (guarded, bare) if now else (bare, guarded)
    register = "HandleFunc" if handler.endswith("HTTP") else "Handle"
    body = (
        f"\tg := gate{{next: {first}}}\n\tmux := http.NewServeMux()\n"
        f'\tmux.{register}("GET /items", {handler})\n\tg.next = {then}\n'
    )
    (found,) = rows(tmp_path, body, GATE.replace("POINTER", pointer))
    assert found[3] == ("certificate" if now != bool(pointer) else "none")

"""Forms of nginx: map, if and auth_request."""

from __future__ import annotations

from tests.source.gateways.forms.form import Attack, Form

FILE = "nginx.conf"


def server(lines: str, *, more: str = "", verify: str = "optional") -> str:
    """A server with TLS before the service."""
    return f"""
events {{}}
http {{
    @GLOBAL@
    {more}
    server {{
        listen @LISTEN@ ssl;
        server_name api.example;
        ssl_certificate @CERT@;
        ssl_certificate_key @KEY@;
        ssl_client_certificate @CA@;
        ssl_verify_client {verify};
        {lines}
    }}
}}
"""


CERT_MAP = "map $ssl_client_verify $cert { default 0; SUCCESS 1; } "
PASS = "proxy_pass http://@UP@;"
SHOWN = (
    f"location / {{ error_page 403 = @refused; if ($ssl_client_verify != SUCCESS) {{ return 403; }} {PASS} }}"
)
PUBLIC = f"location = /public {{ {PASS} }}"
REFUSE = "if ($ssl_client_verify != SUCCESS) { return 403; }"


def mapped(entries: str, source: str = "$ssl_client_verify") -> str:
    """A guard by a map."""
    guard = f"location / {{ if ($ok = 0) {{ return 403; }} {PASS} }} {PUBLIC}"
    return server(guard, more=f'map "{source}" $ok {{ {entries} }}')


def asked(inner: str, *, location: str = "auth_request /auth;", more: str = "") -> str:
    """A guard by a subrequest."""
    return server(
        f"location / {{ {location} {PASS} }} location = /auth {{ internal; {inner} }} {PUBLIC} {more}"
    )


VERIFIED = "if ($ssl_client_verify != SUCCESS) { return 401; } return 204;"
LIMITED = f"location / {{ limit_except OPTIONS {{ deny all; }} {PASS} }}"
POSTED = "if ($request_method = POST) { return 403; }"
FORMS = {
    "the default of a map": Form(mapped("default 0; SUCCESS 1;"), mapped("default 1; ~^FAILED 0;")),
    "an expression of a map without its end": Form(
        mapped("default 0; ~^SUCCESS: 1; ~:/public$ 1;", "$ssl_client_verify:$uri"),
        mapped("default 0; ~^SUCCESS: 1; ~/public 1;", "$ssl_client_verify:$request_uri"),
        Attack("/secure?back=/public"),
    ),
    "a map by the name that the client sends": Form(
        mapped("default 0; ~^SUCCESS 1; ~:api.internal$ 0;", "$ssl_client_verify:$http_host"),
        mapped("default 0; ~^SUCCESS 1; ~:api.internal$ 1;", "$ssl_client_verify:$http_x_host"),
        Attack(headers={"x-host": "api.internal"}),
    ),
    "maps of maps": Form(
        server(
            f"location / {{ if ($refused) {{ return 403; }} {PASS} }} {PUBLIC}",
            more=CERT_MAP + 'map "$cert$uri" $refused { default 0; ~^0 1; }',
        ),
        server(
            f"location / {{ if ($refused) {{ return 403; }} {PASS} }} {PUBLIC}",
            more=CERT_MAP + 'map "$cert$uri" $refused { default 0; ~^0/admin 1; }',
        ),
    ),
    "a subrequest by a header of the client": Form(
        asked(VERIFIED),
        asked("if ($http_x_client_verify != SUCCESS) { return 401; } return 204;"),
        Attack(headers={"x-client-verify": "SUCCESS"}),
    ),
    "satisfy any": Form(
        asked(VERIFIED, location="satisfy any; auth_request /auth; deny all;"),
        asked(VERIFIED, location="satisfy any; auth_request /auth; allow all;"),
    ),
    "a location without the subrequest": Form(
        asked(VERIFIED, more=f"location /health {{ auth_request off; {PASS} }}"),
        asked(VERIFIED, more=f"location /sec {{ auth_request off; {PASS} }}"),
    ),
    "a subrequest that answers in any case": Form(
        asked(VERIFIED), asked("if ($ssl_client_verify = FAILED) { return 401; } return 204;")
    ),
    "variables of conditions": Form(
        server(
            'set $guard ""; if ($uri ~ ^/secure) { set $guard S; } if ($ssl_client_verify != SUCCESS) '
            f'{{ set $guard "${{guard}}N"; }} location / {{ if ($guard = SN) {{ return 403; }} {PASS} }}'
        ),
        server(
            'set $guard ""; if ($uri ~ ^/secure/) { set $guard S; } if ($ssl_client_verify != SUCCESS) '
            f'{{ set $guard "${{guard}}N"; }} location / {{ if ($guard = SN) {{ return 403; }} {PASS} }}'
        ),
    ),
    "an error page that goes on": Form(
        server(f"{SHOWN} location @refused {{ return 403; }} {PUBLIC}"),
        server(f"{SHOWN} location @refused {{ {PASS} }} {PUBLIC}"),
    ),
    "a condition on the method": Form(
        server(f"{LIMITED} location = /secure {{ {REFUSE} {PASS} }} {PUBLIC}"),
        server(f"{LIMITED} location /secure {{ {POSTED} {PASS} }} {PUBLIC}"),
    ),
    "a map of cookies": Form(
        mapped("default 0; ~^SUCCESS 1;", "$ssl_client_verify$cookie_trusted"),
        mapped("default 0; ~^SUCCESS 1; NONEyes 1;", "$ssl_client_verify$cookie_trusted"),
        Attack(headers={"cookie": "trusted=yes"}),
    ),
}

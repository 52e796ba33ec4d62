"""How a client without a certificate is refused: in four languages, and as frameworks do by default."""

from __future__ import annotations

import json
import time
import uuid
from html import escape
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tests.servers.denials.resources import Body

if TYPE_CHECKING:
    from collections.abc import Callable

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Refusal(Struct, frozen=True):
    """An answer that refuses."""

    status: int
    body: Body
    headers: tuple[tuple[str, str], ...] = ()


def german(path: str) -> Refusal:
    """JSON, with a number that differs each time."""
    fields = {
        "fehler": "Zugriff verweigert",
        "hinweis": "Bitte Zertifikat vorlegen",
        "vorgang": uuid.uuid4().hex,
    }
    return Refusal(403, Body.json({**fields, "pfad": path}))


def japanese(path: str) -> Refusal:
    """A page with status 200."""
    del path
    text = "<!doctype html><html lang=ja><title>エラー</title><h1>アクセスが拒否されました</h1><p>証明書が必要</p>"
    return Refusal(200, Body(HTML, text.encode()))


def portuguese(path: str) -> Refusal:
    """Plain text with status 404."""
    return Refusal(404, Body(TEXT, f"Operação {path} não disponível para este cliente.\n".encode()))


def russian(path: str) -> Refusal:
    """XML with status 401."""
    fields = f"<код>17</код><текст>Нет доступа</текст><путь>{path}</путь>"
    text = f"<?xml version='1.0' encoding='utf-8'?><ответ>{fields}</ответ>"
    return Refusal(401, Body("application/xml", text.encode()))


def spring(path: str) -> Refusal:
    """Spring Boot's `DefaultErrorAttributes` as JSON."""
    stamp = (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1_000_000 % 1000:03}+00:00"
    )
    return Refusal(403, Body.json({"timestamp": stamp, "status": 403, "error": "Forbidden", "path": path}))


def spring_whitelabel(path: str) -> Refusal:
    """Spring Boot's page for a guard that fails."""
    del path
    text = (
        "<html><body><h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error, so you "
        f"are seeing this as a fallback.</p><div id='created'>{time.ctime()}</div><div>There was an unexpected error "
        "(type=Internal Server Error, status=500).</div><div></div></body></html>"
    )
    return Refusal(500, Body(HTML, text.encode()))


def rails(path: str) -> Refusal:
    """Devise's redirect."""
    del path
    text = '<html><body>You are being <a href="/users/sign_in">redirected</a>.</body></html>'
    return Refusal(302, Body(HTML, text.encode()), (("Location", "/users/sign_in"),))


def rails_exception(path: str) -> Refusal:
    """The page public/500.html."""
    del path
    text = (
        "<!DOCTYPE html><html><head><title>We're sorry, but something went wrong (500)</title></head><body><div "
        'class="dialog"><h1>We\'re sorry, but something went wrong.</h1></div></body></html>'
    )
    return Refusal(500, Body(HTML, text.encode()))


def laravel(path: str) -> Refusal:
    """A redirect with a page of its own."""
    del path
    text = (
        '<!DOCTYPE html><html><head><meta charset="UTF-8" /><meta http-equiv="refresh" content="0;url=\'/login\'" />'
        '<title>Redirecting to /login</title></head><body>Redirecting to <a href="/login">/login</a>.</body></html>'
    )
    cookie = ("Set-Cookie", f"laravel_session={uuid.uuid4().hex}; path=/; httponly")
    return Refusal(302, Body(HTML, text.encode()), (("Location", "/login"), cookie))


def laravel_json(path: str) -> Refusal:
    """What clients get who accept JSON."""
    del path
    return Refusal(401, Body.json({"message": "Unauthenticated."}))


def aspnet(path: str) -> Refusal:
    """ASP.NET Core's problem details, with a trace identifier."""
    del path
    fields = {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.4",
        "title": "Forbidden",
        "status": 403,
        "traceId": f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00",
    }
    return Refusal(403, Body.json(fields, "application/problem+json; charset=utf-8"))


def aspnet_page(path: str) -> Refusal:
    """The sign-in page of ASP.NET Identity in place, with an antiforgery token."""
    token = uuid.uuid4().hex + uuid.uuid4().hex
    text = (
        f'<!DOCTYPE html><html><head><title>Log in - Portal</title></head><body><form method="post" action='
        f'"/Identity/Account/Login?ReturnUrl={escape(path)}"><input name="Input.Email"/><input type="password" '
        f'name="Input.Password"/><input name="__RequestVerificationToken" type="hidden" value="{token}"/></form>'
        "</body></html>"
    )
    return Refusal(200, Body(HTML, text.encode()))


def django(path: str) -> Refusal:
    """`login_required`."""
    return Refusal(302, Body(HTML, b""), (("Location", f"/accounts/login/?next={path}"),))


def django_page(path: str) -> Refusal:
    """The default template of `PermissionDenied`."""
    del path
    head = '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>403 Forbidden</title>\n</head>\n'
    text = f"{head}<body>\n  <h1>403 Forbidden</h1><p></p>\n</body>\n</html>\n"
    return Refusal(403, Body(HTML, text.encode()))


def flask(path: str) -> Refusal:
    """Werkzeug's page for 401."""
    del path
    text = (
        "<!doctype html>\n<html lang=en>\n<title>401 Unauthorized</title>\n<h1>Unauthorized</h1>\n<p>The server could "
        "not verify that you are authorized to access the URL requested.</p>\n"
    )
    return Refusal(401, Body(HTML, text.encode()))


def graphql(path: str) -> Refusal:
    """Errors beside empty data, with status 200."""
    error = {
        "message": "Not authenticated",
        "path": [path.strip("/")],
        "extensions": {"code": "UNAUTHENTICATED"},
    }
    return Refusal(200, Body.json({"data": None, "errors": [error]}))


def soap(path: str) -> Refusal:
    """A fault with status 500."""
    del path
    text = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>'
        "soap:Client.Authentication</faultcode><faultstring>No security token</faultstring></soap:Fault>"
        "</soap:Body></soap:Envelope>"
    )
    return Refusal(500, Body("text/xml; charset=utf-8", text.encode()))


def empty(path: str) -> Refusal:
    """A status alone."""
    del path
    return Refusal(403, Body("", b""))


REFUSALS: dict[str, Callable[[str], Refusal]] = {
    "german": german,
    "japanese": japanese,
    "portuguese": portuguese,
    "russian": russian,
    "spring": spring,
    "spring-whitelabel": spring_whitelabel,
    "rails": rails,
    "rails-exception": rails_exception,
    "laravel": laravel,
    "laravel-json": laravel_json,
    "aspnet": aspnet,
    "aspnet-page": aspnet_page,
    "django": django,
    "django-page": django_page,
    "flask": flask,
    "graphql": graphql,
    "soap": soap,
    "empty": empty,
}


def with_data(refusal: Refusal, text: str) -> Refusal:
    """Put a text into the refusal in its own format: as a member, in an element, or behind it."""
    media_type, content = refusal.body
    if "json" in media_type:
        fields = {**json.loads(content), "debug": {"result": text}}
        return replace(refusal, body=Body.json(fields, media_type))
    if b"</" in content:
        inside = content.decode().replace("</", f"<pre>{escape(text)}</pre></", 1)
        return replace(refusal, body=Body(media_type, inside.encode()))
    return replace(refusal, body=Body(media_type or TEXT, content + b"\n" + text.encode()))

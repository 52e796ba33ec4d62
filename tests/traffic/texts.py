"""Feeds as their programs write them, each with one request worth asking and much that is none."""

import json

COMMON = """\
127.0.0.1 - alice [10/Oct/2025:13:55:36 -0700] "GET /legacy/report HTTP/1.1" 200 2326
127.0.0.1 - - [10/Oct/2025:13:55:37 -0700] "GET /items/17 HTTP/1.0" 200 12
"""
COMBINED = """\
::1 - - [10/Oct/2025:13:55:36 +0000] "GET /items/17?x=1 HTTP/2.0" 200 23 "https://a.test/?q=[1]" "curl/8 \\"x\\""

api.test:443 10.0.0.9 - al ice [10/Oct/2025:13:55:37 +0000] "GET /legacy/report?token=s3cret HTTP/1.1" 200 - "-" "-"
10.0.0.9 - - [10/Oct/2025:13:55:38 +0000] "\\x16\\x03\\x01\\x02" 400 157 "-" "-"
10.0.0.9 - - [10/Oct/2025:13:55:39 +0000] "-" 408 - "-" "-"
"""
JSON_LINES = {
    "nginx": '{"request":"GET /legacy/report?token=s3cret HTTP/1.1","status":"200","remote_addr":"::1"}',
    "nginx, by variables": '{"request_method":"GET","request_uri":"/legacy/report?token=s3cret","status":200}',
    "caddy": '{"level":"info","request":{"method":"GET","host":"a.test","uri":"/legacy/report","headers":'
    '{"Cookie":["session=s3cret"]}},"status":200}',
    "traefik": '{"RequestMethod":"GET","RequestPath":"/legacy/report","DownstreamStatus":200}',
    "envoy": '{"method":"GET","path":"/legacy/report","response_code":200}',
    "tower-http": '{"level":"INFO","fields":{"message":"started"},"span":{"method":"GET","uri":"/legacy/report"}}',
    "pino": '{"req":{"method":"GET","url":"/legacy/report"},"res":{"statusCode":200},"msg":"request completed"}',
    "elastic common schema": '{"http":{"request":{"method":"GET"}},"url":{"path":"/legacy/report"}}',
    "google": '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://api.test:8443/legacy/report","status":200}}',
}
ROUTES = """\
# what `rake routes` and people write
GET     /legacy/report   reports#show
GET     /items/:id
"""
OPENAPI_YAML = """\
openapi: 3.1.0
info: {title: older, version: '1'}
servers: [{url: https://api.test:8443/v1}]
paths:
  /legacy/report:
    get: {responses: {'200': {description: ok}}}
"""
OPENAPI_JSON = json.dumps(
    {
        "swagger": "2.0",
        "info": {"title": "older", "version": "1"},
        "paths": {"/legacy/report": {"get": {"responses": {"200": {"description": "ok"}}}}},
    }
)


def har(*urls: str, method: str = "GET", indent: int | None = 1) -> str:
    """An archive of these requests, full of secrets."""
    secrets = [
        {"name": "Cookie", "value": "session=s3cret"},
        {"name": "Authorization", "value": "Bearer s3cret"},
    ]
    entries = [
        {
            "comment": '"entries": [ {}',
            "request": {
                "method": method,
                "url": url,
                "headers": secrets,
                "postData": {"text": "pass=s3cret"},
            },
            "response": {"status": 200, "headers": secrets},
        }
        for url in urls
    ]
    return json.dumps(
        {"log": {"version": "1.2", "comment": '"entries": [1]', "entries": entries}}, indent=indent
    )

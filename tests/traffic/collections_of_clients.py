"""Collections as API clients write them, each with one request worth probing and secrets that must not be read."""

import json

POSTMAN = json.dumps(
    {
        "info": {
            "name": "orders",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "s3cret"}]},
        "item": [
            {
                "name": "reports",
                "item": [
                    {
                        "name": "report",
                        "request": {
                            "method": "GET",
                            "header": [{"key": "Authorization", "value": "Bearer s3cret"}],
                            "url": {
                                "raw": "{{baseUrl}}/legacy/report?token=s3cret",
                                "host": ["{{baseUrl}}"],
                                "path": ["legacy", "report"],
                            },
                        },
                    }
                ],
            },
            {
                "name": "item",
                "request": {
                    "method": "GET",
                    "url": {
                        "host": ["{{baseUrl}}"],
                        "path": ["items", ":itemId"],
                        "variable": [{"key": "itemId", "value": "17"}],
                    },
                },
                "response": [
                    {
                        "name": "ok",
                        "code": 200,
                        "originalRequest": {"method": "GET", "url": "{{baseUrl}}/items/18"},
                    }
                ],
            },
            {"name": "status", "request": "{{baseUrl}}/status"},
        ],
        "variable": [{"key": "baseUrl", "value": "https://staging.test/v1"}],
    },
    indent=1,
)
INSOMNIA_4 = json.dumps(
    {
        "_type": "export",
        "__export_format": 4,
        "resources": [
            {
                "_id": "env",
                "_type": "environment",
                "data": {
                    "base_url": "{{ scheme }}://{{ _.host.name }}",
                    "scheme": "https",
                    "host": {"name": "a.test"},
                },
            },
            {"_id": "grp", "_type": "request_group", "name": "g"},
            {
                "_id": "r1",
                "_type": "request",
                "method": "GET",
                "url": "{{ _.base_url }}/legacy/report",
                "authentication": {"type": "bearer", "token": "s3cret"},
            },
            {
                "_id": "r2",
                "_type": "request",
                "method": "DELETE",
                "url": "{{ _.base_url }}/items/:itemId",
                "pathParameters": [{"name": "itemId", "value": "17"}],
            },
            {
                "_id": "r3",
                "_type": "request",
                "method": "GET",
                "url": "{{ _.base_url }}/items/{% response 'body', 'r1', '$.id' %}",
            },
        ],
    },
    indent=1,
)
INSOMNIA_5 = """\
type: collection.insomnia.rest/5.0
schema_version: "5.1"
name: orders
collection:
  - name: folder
    children:
      - url: "{{ _.base_url }}/legacy/report"
        name: report
        method: GET
        headers: [{name: Authorization, value: Bearer s3cret}]
  - url: "{{ _.base_url }}/items/:itemId"
    name: item
    method: GET
    pathParameters:
      - {name: itemId, value: "17"}
environments:
  name: Base
  data: {base_url: "https://staging.test"}
"""
BRUNO = """\
meta {
  name: report
  type: http
  seq: 1
}

get {
  url: {{host}}/legacy/report?x=1
  body: none
  auth: bearer
}

auth:bearer {
  token: s3cret
}

body:json {
  {
    "url": "https://other.test/not-this"
  }
}
"""
HTTP = """\
@host = https://staging.test
@token = s3cret

### A report
// @name report
GET {{host}}/legacy/report HTTP/1.1
Authorization: Bearer {{token}}

### An item
# comment
POST {{host}}/items
Content-Type: application/json

GET /this/is/a/body

###
{{host}}/status
"""
ALL = {
    "postman": POSTMAN,
    "insomnia 4": INSOMNIA_4,
    "insomnia 5": INSOMNIA_5,
    "bruno": BRUNO,
    "http": HTTP,
}

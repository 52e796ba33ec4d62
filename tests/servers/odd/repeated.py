"""Servers whose answers, refusals among them, repeat what the client says and knows of its connection."""

from __future__ import annotations

import hashlib

from tests.servers.python.serve import Guarded

LOTS = [{"lot": f"lot-{number}-kx", "weight": number * 3 + 7} for number in (58213, 61877, 70419, 93350)]
"""Data of /secure, so that a single value is not most of them."""


class RepeatsTheRequest(Guarded):
    """Links to the request's own URL and repeats its fields, in each answer."""

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Add what the request says."""
        data = body if isinstance(body, dict) else {"data": body}
        if status == 200:
            more = {"lots": LOTS} if "/secure" in self.path else {}
            data = {**data, **more, "_links": self.links, "caller": dict(self.headers.items())}
        else:
            data = {**data, "instance": self.instance, "request": dict(self.headers.items())}
        super().reply(status, data, **headers)

    @property
    def own(self) -> str:
        """The URL of the request."""
        return f"https://{self.headers.get('Host', '')}{self.path}"

    @property
    def other(self) -> str:
        """The URL of a resource that only the data link to."""
        return f"https://{self.headers.get('Host', '')}/contracts/7f31-882940"

    @property
    def links(self) -> dict[str, str]:
        """The links of a success."""
        return {"self": self.own, "contract": self.other} if "/secure" in self.path else {"self": self.own}

    @property
    def instance(self) -> str:
        """The URL in a refusal."""
        return self.own


class RepeatsAnotherUrl(RepeatsTheRequest):
    """Names the URL of the contract in the refusals of /secure."""

    @property
    def instance(self) -> str:
        """That of the other resource."""
        return self.other if "/secure" in self.path else self.own


class RepeatsTheConnection(Guarded):
    """Names the connection's parameters and the client's certificate in each answer."""

    partner = "4f:19:a2:c7:70:3e:5b:81"
    """The serial number of a partner's certificate, which the data have."""

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Add what both ends know."""
        data = dict(body) if isinstance(body, dict) else {"data": body}
        if status == 200 and "/secure" in self.path:
            data["partners"] = [{"serial": self.partner}]
        cipher, der = self.connection.cipher(), self.connection.getpeercert(binary_form=True)
        data["connection"] = {
            "tls": self.connection.version(),
            "cipher": cipher[0] if cipher else "",
            "fingerprint": hashlib.sha256(der).hexdigest() if der else "",
            "serial": self.serial if status == 200 else self.serial_refused,
        }
        super().reply(status, data, **headers)

    @property
    def serial(self) -> str:
        """The serial number of the client's certificate, as it is verified."""
        digits = str((self.connection.getpeercert() or {}).get("serialNumber", ""))
        return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))

    @property
    def serial_refused(self) -> str:
        """The same in a refusal."""
        return self.serial


class RepeatsAnotherSerial(RepeatsTheConnection):
    """Names the partner's serial number in the refusals of /secure."""

    @property
    def serial_refused(self) -> str:
        """That of the partner."""
        return self.partner if "/secure" in self.path else self.serial


HANDLERS = {
    "repeats-the-request": RepeatsTheRequest,
    "repeats-another-url": RepeatsAnotherUrl,
    "repeats-the-connection": RepeatsTheConnection,
    "repeats-another-serial": RepeatsAnotherSerial,
}
"""By the name of the variant."""

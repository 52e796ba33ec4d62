"""Files of TLS sessions: which are looked at, for which TLS version each is good, and what is wrong with others."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import CredentialError
from specdrift.model.exchange.probe import TlsRange
from specdrift.model.policy import Expect
from specdrift.pki.session_file import OlderSession, older_sessions
from specdrift.settings import Identity
from tests.pki.world import written

if TYPE_CHECKING:
    from pathlib import Path

TODO = "make one with `openssl s_client -sess_out FILE`"


def encoded(version: bytes) -> bytes:
    """A file as openssl writes it, of a session that is cut off behind what tells its version."""
    der = b"\x30\x82\x01\x0b\x02\x01\x01\x02\x02" + version + b"\x04\x02\x13\x02"
    marks = b"-----BEGIN SSL SESSION PARAMETERS-----\n%b\n-----END SSL SESSION PARAMETERS-----\n"
    return b"some text before\n" + marks % base64.encodebytes(der).strip()


def old(file: Path, expect: Expect = Expect.REFUSED) -> Identity:
    """An identity with this file; its certificate is not looked at."""
    return Identity(name="old", cert_file=file.parent / "old.pem", session_file=file, expect=expect)


@pytest.mark.parametrize(
    ("version", "tls"), [(b"\x03\x03", TlsRange.ONLY_1_2), (b"\x03\x04", TlsRange.ONLY_1_3)]
)
def test_a_session_is_good_for_the_version_that_made_it(
    version: bytes, tls: TlsRange, tmp_path: Path
) -> None:
    """A client that offers another one as well gets a full handshake (RFC 8446 §4.6.1)."""
    file = written(tmp_path / "old.session", encoded(version))
    assert older_sessions([old(file)]) == {"old": OlderSession(file=file, tls=tls)}


def test_before_the_certificate_has_to_be_refused_there_need_be_no_file(tmp_path: Path) -> None:
    """So one configuration does for both runs but for `expect`."""
    assert older_sessions([old(tmp_path / "old.session", Expect.ACCEPTED)]) == {}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "no such file; correct the path"),
        (b"", f"not a TLS session; {TODO}"),
        (encoded(b"\x03\x01"), f"not a session of TLS 1.2 or 1.3; {TODO}"),
        (encoded(b"\x03\x04").replace(b"MII", b"!!!!"), f"not a session of TLS 1.2 or 1.3; {TODO}"),
    ],
    ids=["missing", "empty", "TLS 1.0", "no base64"],
)
def test_what_is_no_session_is_said_with_its_place(content: bytes | None, what: str, tmp_path: Path) -> None:
    """Whose, which file, what is wrong, what to do."""
    file = tmp_path / "old.session"
    if content is not None:
        written(file, content)
    with pytest.raises(CredentialError) as error:
        older_sessions([old(file)])
    assert str(error.value) == f"identity 'old': {file}: {what}"

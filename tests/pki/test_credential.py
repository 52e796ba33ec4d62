"""A credential is not printed and not serialised."""

import copy
import pathlib
import pickle
from collections.abc import Callable

import pytest

from specdrift.pki.credential import ForgedKey, KeyFile
from specdrift.pki.pem import PemBlock
from specdrift.settings import Secret
from tests.pki.world import World, credential, pem


def test_its_repr_has_no_key(world: World) -> None:
    """What a traceback or a log line prints is the name and a mask."""
    alice = credential(world.alice, name="alice")
    assert repr(alice) == "Credential(name='alice', certificates=1, key=***)"


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda leak: leak.__name__)
def test_it_is_never_pickled_or_copied(ec: World, leak: Callable[[object], object]) -> None:
    """A key cannot reach another process, a cache or a queue by accident."""
    with pytest.raises(TypeError, match="never pickled"):
        leak(credential(ec.alice))


def test_what_holds_key_text_masks_it(ec: World) -> None:
    """PEM blocks, forged keys and PINs say what they are and not what they hold."""
    text = pem(ec.alice.key)
    shown = [repr(PemBlock("PRIVATE KEY", text)), repr(ForgedKey(text))]
    assert shown == ["PemBlock('PRIVATE KEY')", "ForgedKey(***)"]


def test_a_pin_is_masked() -> None:
    """The PIN of a token is a secret as well."""
    assert "1234" not in repr(KeyFile(pathlib.Path("token.pem"), pin=Secret("1234")))

"""What a parameter identifies, by its name."""

import pytest

from specdrift.learning.similar_names import objects_of


@pytest.mark.parametrize(
    ("parameter", "one"),
    [("tenantId", "tenant"), ("tenant_slug", "tenant"), ("Order-UUID", "order"), ("userName", "user")],
)
def test_the_name_of_a_parameter_names_an_object(parameter: str, one: str) -> None:
    """Without what says that it is an identifier."""
    assert one in objects_of(parameter)


@pytest.mark.parametrize("parameter", ["tenant", "id", "uuid"])
def test_a_name_without_an_identifier_or_with_nothing_else_names_none(parameter: str) -> None:
    """The parameter itself may be the name of a collection's items."""
    assert {each for each in objects_of(parameter) if len(each) > 2} == set()

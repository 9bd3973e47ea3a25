"""Texts below fields are found, and those of the model that a field was inherited from."""

from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from albums import Frozen
from pipeline.cli.reference.field_texts import field_texts, models_of


class Below(Frozen):
    """Of the class, and of no field."""

    one: int
    """What is
    one."""
    none: int
    two: Annotated[int, Field(description="Said in the field.")]
    three: int = 3
    NOTE: ClassVar[str] = "no field"
    """Of a constant, and of no field."""

    def reads(self) -> int:
        """Of a method, and of no field."""
        return self.one


class Other(Below):
    """It has one more, and another text for one."""

    three: int = 4
    """Another three."""
    below: tuple[Below | None, ...] = ()
    """Some of those."""


def test_each_field_has_the_text_below_it_or_in_it():
    assert field_texts(Below) == {"one": "What is\none.", "two": "Said in the field."}


def test_what_is_inherited_keeps_its_text_unless_it_has_another():
    assert field_texts(Other) == field_texts(Below) | {"three": "Another three.", "below": "Some of those."}


def test_all_models_are_found_once():
    assert models_of(Other) == {"Other": Other, "Below": Below}


def test_two_of_one_name_are_an_error():
    namesake = type("Other", (Frozen,), {"__annotations__": {"inner": Other}})
    with pytest.raises(ValueError, match="two models are called Other"):
        models_of(namesake)

"""The object of a studio picture is chosen by the words of its prompt."""

import pytest

from engine.picture_objects import choose_object


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a red leather chair", "chair"),
        ("Two old BARRELS, with iron hoops", "barrel"),
        ("a table lamp of copper on a desk", "lamp"),
        ("brushed steel", "ball"),
        ("", "ball"),
        ("un château en pierre", "ball"),
    ],
)
def test_the_first_thing_that_is_named_is_shown(prompt: str, name: str) -> None:
    assert choose_object(prompt) == name


def test_a_word_of_a_material_is_no_object_where_another_is_named() -> None:
    assert choose_object("a tree bark vase", understood=("tree bark",)) == "vase"
    assert choose_object("a brick", understood=("brick",)) == "cube"

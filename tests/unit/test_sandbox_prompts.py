"""How the sandbox rewrites a prompt."""

import pytest

from sandbox.triverse.prompts import FAMILIES, FINISH, LIGHT, LONGEST_ANSWER, STYLE, WEAR, optimize

SHORT = [
    "a wooden chair",
    "dragon",
    "old boots",
    "something nice",
    "une chaise",
    "赤いロボット",
    "neon city, cyberpunk.",
    "x",
]


@pytest.mark.parametrize("text", SHORT)
def test_the_words_stay_in_front_and_something_is_added(text: str) -> None:
    answer = optimize(f"  {text}\n")

    assert answer.startswith(text.rstrip("."))
    assert answer.count(", ") >= 2


@pytest.mark.parametrize("text", SHORT)
def test_a_rewritten_prompt_rewritten_again_stays_as_it_is(text: str) -> None:
    assert optimize(optimize(text)) == optimize(text)


def test_what_was_said_is_not_said_again() -> None:
    said = "Bronze statue, polished, weathered, in studio lighting, photorealistic"

    assert optimize(said) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a vase", {"stoneware", "porcelain", "terracotta"}),
        ("a sword", {"steel", "bronze"}),
        ("a sofa", {"cotton", "wool", "velvet"}),
    ],
)
def test_a_thing_is_made_of_what_such_things_are_made_of(text: str, expected: set[str]) -> None:
    assert expected & set(optimize(text).replace(",", "").split())


def test_material_finish_wear_light_and_style_come_in_that_order() -> None:
    parts = optimize("a teapot").split(", ")

    assert parts[1].startswith("made of ")
    for part, words in zip(parts[2:6], (FINISH, WEAR, LIGHT, STYLE), strict=True):
        assert words & set(part.lower().split()), part


def test_a_long_prompt_fits_into_any_prompt_field() -> None:
    assert len(optimize("word " * 100)) <= LONGEST_ANSWER


def test_every_addition_would_be_recognized_again() -> None:
    for family in FAMILIES:
        assert all(any(set(text.split()) & other.named for other in FAMILIES) for text in family.material)
        assert all(set(text.split()) & FINISH for text in family.finish)
        assert all(set(text.split()) & WEAR for text in family.wear)

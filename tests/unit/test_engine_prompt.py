"""Prompts read: materials, colours, wear and parts; never nothing, and the same each time."""

import re

import pytest

from engine.prompt import MATERIALS, Wish, read_prompt, to_linear
from engine.prompt_words import COLOUR_SYNONYMS, COLOURS, MATERIAL_WORDS, SUBJECTS

ASKED_FOR = {
    "leather with stitches": "leather",
    "oak": "oak",
    "pine": "pine",
    "bronze": "bronze",
    "brushed steel": "steel",
    "gold": "gold",
    "rust": "rust",
    "marble": "marble",
    "granite": "granite",
    "brick": "brick",
    "denim": "denim",
    "knit": "knit",
    "bamboo": "bamboo",
    "ceramic": "ceramic",
    "glazed ceramic": "glazed_ceramic",
    "plastic": "plastic",
    "rubber": "rubber",
    "clay": "clay",
    "snow": "snow",
    "moss": "moss",
    "sand": "sand",
    "carbon fibre": "carbon_fibre",
    "camouflage": "camouflage",
    "scales": "scales",
    "red bricks": "brick",
    "a knitted sweater": "knit",
    "carbon fiber": "carbon_fibre",
    "walnut wood": "walnut",
    "marble stone": "marble",
    "a wooden chair": "oak",
    "jeans": "denim",
    "rusty metal": "rust",
    "dragon skin": "scales",
}


def read_one(text: str, seed: int = 0) -> Wish:
    (wish,) = read_prompt(text, seed)
    return wish


def name_colours(wish: Wish) -> list[str]:
    return [colour.name for colour in wish.colours]


@pytest.mark.parametrize(("text", "material"), ASKED_FOR.items())
def test_a_material_is_found_by_its_words(text: str, material: str) -> None:
    assert read_one(text).material == material


@pytest.mark.parametrize("material", MATERIALS)
def test_every_word_of_a_material_leads_to_it(material: str) -> None:
    for word in MATERIAL_WORDS[material].split(","):
        assert read_one(f"made of {word.strip()}").material == material


@pytest.mark.parametrize(
    ("text", "material", "colours"),
    [
        ("a red and black knit sweater", "knit", ["red", "black"]),
        ("dark blue leather", "leather", ["dark blue"]),
        ("leather, brown", "leather", ["brown"]),
        ("leather in forest green", "leather", ["forest green"]),
        ("white marble with black", "marble", ["white", "black"]),
        ("a gray t-shirt", "fabric", ["grey"]),
        ("sky blue", "paint", ["sky blue"]),
        ("dark oak", "oak", []),
    ],
)
def test_colours_go_with_their_material(text: str, material: str, colours: list[str]) -> None:
    wish = read_one(text)

    assert (wish.material, name_colours(wish)) == (material, colours)


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("worn leather", {"wear"}),
        ("leather, old and scratched", {"wear", "scratches"}),
        ("mossy stone", {"moss"}),
        ("stone with moss", {"moss"}),
        ("bronze with green patina", {"patina"}),
        ("leather with stitches", {"stitches"}),
        ("leather without stitches", set()),
        ("snow covered roof of slate", {"snow"}),
        ("dark oak", {"dark"}),
    ],
)
def test_wear_is_read_and_may_be_negated(text: str, traits: set[str]) -> None:
    assert set(read_one(text).traits) == traits


def test_a_finish_is_read_and_may_be_negated() -> None:
    assert read_one("polished granite").finish == "polished"
    assert read_one("plastic, not shiny").finish == ""


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("leather seat with brass feet", [("leather", ("seat",)), ("brass", ("feet",))]),
        ("oak and pine", [("oak", ()), ("pine", ())]),
        ("the body is bronze, the feet are rubber", [("bronze", ("body",)), ("rubber", ("feet",))]),
        ("a red robot with brass hands", [("paint", ("robot",)), ("brass", ("hands",))]),
        ("dragon with green scales and golden horns", [("scales", ()), ("gold", ("horns",))]),
        (
            "steel armour, velvet cape & leather belt",
            [("steel", ("armour",)), ("velvet", ("cape",)), ("leather", ("belt",))],
        ),
    ],
)
def test_several_materials_keep_their_parts(text: str, wishes: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(wish.material, wish.parts) for wish in read_prompt(text)] == wishes


@pytest.mark.parametrize("text", ["", "   ", "hello world", "!!! ???", "日本語", "a" * 2000, "and with, of;"])
def test_a_prompt_without_a_material_still_gives_one(text: str) -> None:
    wish = read_one(text)

    assert wish.material in MATERIALS
    assert wish.colours
    assert wish.is_guess


def test_a_thing_brings_what_it_is_mostly_made_of() -> None:
    assert read_one("a teddy bear").material == "fur"
    assert read_one("a sword").is_guess


def test_a_seed_varies_the_wish_and_repeats_it() -> None:
    assert read_prompt("leather and oak", 3) == read_prompt("leather and oak", 3)
    seeds = [wish.seed for seed in range(5) for wish in read_prompt("leather and oak", seed)]
    assert len(set(seeds)) == len(seeds)


def test_there_are_not_more_wishes_than_a_model_can_show() -> None:
    text = ", ".join(MATERIALS)

    assert 1 < len(read_prompt(text)) <= 6


def test_the_tables_fit_together() -> None:
    assert len(MATERIALS) >= 30
    assert len(COLOURS) >= 25
    assert set(COLOUR_SYNONYMS.values()) <= set(COLOURS)
    assert set(SUBJECTS.values()) <= set(MATERIALS)
    assert all(re.fullmatch("[0-9a-f]{6}", value) for value in COLOURS.values())
    assert to_linear("ffffff") == pytest.approx((1, 1, 1))

"""Which object a studio picture shows: the first one that the prompt names, else a ball that shows the material."""

import re

FALLBACK = "ball"
OBJECT_WORDS = {
    FALLBACK: "material, sample, swatch, texture, pattern",
    "sphere": "sphere, ball, orb, globe, planet, marble, bead, pearl, apple, fruit",
    "cube": "cube, block, dice, die, brick, tile",
    "vase": "vase, urn, amphora, pot, planter, jar, jug, pitcher, teapot, carafe",
    "bottle": "bottle, flask, potion, vial, perfume, decanter",
    "mug": "mug, cup, tankard, stein, goblet, coffee",
    "bowl": "bowl, dish, plate, basin, saucer",
    "barrel": "barrel, cask, keg, bucket, drum, tub",
    "lamp": "lamp, lantern, light, lampshade, chandelier",
    "mushroom": "mushroom, toadstool, fungus",
    "rocket": "rocket, spaceship, spacecraft, missile, ship",
    "column": "column, pillar, pedestal, plinth, monument, statue, sculpture, tower",
    "ring": "ring, jewel, jewellery, jewelry, crown, bracelet, amulet",
    "chair": "chair, throne, armchair, seat, sofa, couch, bench",
    "stool": "stool, footstool",
    "table": "table, desk, furniture, cabinet, nightstand",
    "crate": "crate, box, package, parcel, container, cargo",
    "chest": "chest, treasure, trunk, coffer, suitcase, luggage",
    "shield": "shield, buckler, armor, armour",
    "sword": "sword, dagger, knife, blade, weapon, katana, sabre",
    "tree": "tree, bush, plant, shrub",
    "house": "house, cottage, hut, cabin, home, building, castle, shed, barn",
    "book": "book, tome, journal, diary, notebook, bible",
    "helmet": "helmet, helm, headgear, hat, cap",
    "boot": "boot, boots, shoe, shoes, sneaker, sneakers, footwear",
    "teddy": "teddy, bear, animal, cat, dog, plush, plushie, doll, creature, monster, pet, cow, rabbit, dragon, fox",
    "robot": "robot, android, droid, mech, character, figure, figurine, toy, person, hero, knight",
}
"""What can be shown, and the words that call for it. The first listed wins a tie."""

_NAMES_BY_WORD = {word: name for name, words in reversed(OBJECT_WORDS.items()) for word in (name, *words.split(", "))}


def choose_object(prompt: str, *, understood: tuple[str, ...] = ()) -> str:
    """Return the name of the object that a prompt asks for.

    Words that were `understood` as materials count only when nothing else names an object: tree bark is no tree.
    Of words that follow each other the last one tells: a table lamp is a lamp.
    """
    text = f" {re.sub(r'[^a-z]+', ' ', prompt.lower())} "
    plain = text
    for phrase in sorted(understood, key=len, reverse=True):
        plain = plain.replace(f" {phrase} ", " ")
    return _find(plain) or _find(text) or FALLBACK


def _find(text: str) -> str | None:
    found = None
    for word in text.split():
        forms = (word, word.removesuffix("s"), word.removesuffix("es"))
        name = next((_NAMES_BY_WORD[form] for form in forms if form in _NAMES_BY_WORD), None)
        if found and not name:
            break
        found = name or found
    return found

"""A prompt read as a list of wishes: which material in which colours and state, and for which part of the model."""

import re
from dataclasses import dataclass, field, replace

from engine import prompt_words as words_of

MOST_WISHES = 6
LONGEST_PHRASE = 3
FALLBACK_MATERIAL = "paint"
FALLBACK_COLOURS = ("sky blue", "coral", "teal", "mustard", "sage", "royal blue", "brick red", "cream")
SHADE_SETTINGS = {"dark": (0.32, 1.1), "light": (1.0, 0.55), "vivid": (1.15, 1.5), "dull": (0.9, 0.5)}
"""How a shade changes a colour: its value is multiplied, then its saturation."""

MATERIALS = tuple(words_of.MATERIAL_WORDS)
"""Every material that can be wished for."""


@dataclass(frozen=True)
class Colour:
    """A colour as the prompt names it, and its value in linear light."""

    name: str
    rgb: tuple[float, float, float]


@dataclass(frozen=True)
class Wish:
    """One material and what is said of it. Traits run from 0 (not at all) to 1."""

    material: str
    colours: tuple[Colour, ...] = ()
    finish: str = ""
    """polished, satin, matte, brushed, or empty: as the material is by itself."""
    traits: dict[str, float] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    """Names of parts of the model that the wish is for, as the prompt says them; empty: not said."""
    words: tuple[str, ...] = ()
    """The prompt's words that were understood."""
    is_guess: bool = False
    """Whether the prompt names no material, so that this one was chosen for it."""
    seed: int = 0

    def trait(self, name: str) -> float:
        """Return how strongly a trait is wished for."""
        return self.traits.get(name, 0.0)


@dataclass
class _Chunk:
    """The words between two separators, sorted by what they say."""

    materials: list[str] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)
    traits: dict[str, float] = field(default_factory=dict)
    finish: str = ""
    nouns: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    is_negated: bool = False
    is_guess: bool = False
    after: str = ""
    """The separator before it."""

    @property
    def says_something(self) -> bool:
        return bool(self.materials or self.colours or self.traits or self.finish)


def read_prompt(text: str, seed: int = 0) -> list[Wish]:
    """Return what a prompt asks for, at least one wish, the main one first; the same for the same text and seed."""
    chunks = [_read_chunk(words, separator) for separator, words in _split(text)]
    chunks = _join_adjectives([chunk for chunk in chunks if chunk.says_something or chunk.nouns])
    wishes = _merge([_make_wish(chunk) for chunk in chunks if chunk.materials])
    if not wishes:
        return [replace(_guess(chunks, seed), seed=seed)]
    return [replace(wish, seed=seed * MOST_WISHES + index) for index, wish in enumerate(wishes[:MOST_WISHES])]


def to_linear(hexadecimal: str) -> tuple[float, float, float]:
    """Return a colour written as rrggbb (sRGB) in linear light."""
    channels = [int(hexadecimal[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return (red, green, blue)


def _split(text: str) -> list[tuple[str, list[str]]]:
    """Split a text at commas, "and", "with" and their like: (separator before, words)."""
    tokens = re.findall(r"[a-z0-9]+(?:['’][a-z]+)?|[,;.:/|&+]", text.lower().replace("-", " "))
    pieces: list[tuple[str, list[str]]] = [("", [])]
    for token in tokens:
        if token in words_of.SEPARATORS:
            pieces.append((token, []))
        else:
            pieces[-1][1].append(token)
    return [piece for piece in pieces if piece[1]]


def _read_chunk(words: list[str], separator: str) -> _Chunk:
    chunk = _Chunk(after=separator)
    shade, index = "", 0
    while index < len(words):
        length, kind, value = _look_up(words, index)
        phrase = " ".join(words[index : index + length])
        index += length
        if kind == "negation":
            chunk.is_negated = True
        elif chunk.is_negated and kind in ("material", "trait", "finish", "colour"):
            chunk.is_negated = False  # "not shiny", "without stitches"
        elif kind == "shade":
            shade = value
            chunk.words.append(phrase)
        else:
            _note(chunk, kind, value, phrase, shade)
            shade = "" if kind == "colour" else shade
    if shade in ("dark", "light") and chunk.says_something:
        chunk.traits[shade] = 1.0  # "dark oak" is a shade of the material's own colour
    if "patina" in chunk.traits and not chunk.materials:
        chunk.colours.clear()  # "green patina" is as patina is
    return chunk


def _note(chunk: _Chunk, kind: str, value: str, phrase: str, shade: str) -> None:
    if kind == "noun":
        chunk.nouns.append(phrase)
        return
    if kind == "filler":
        return
    chunk.words.append(phrase)
    if kind == "material":
        chunk.materials.append(value)
    elif kind == "colour":
        chunk.colours.append(_make_colour(value, shade))
    elif kind == "finish":
        chunk.finish = value
    elif kind == "trait":
        name, strength = words_of.WEAR_WORDS[value]
        chunk.traits[name] = strength
    if phrase in words_of.TRAIT_MATERIALS and kind != "material":
        chunk.materials += [f"?{name}" for name in words_of.TRAIT_MATERIALS[phrase]]


def _make_colour(name: str, shade: str) -> Colour:
    rgb = to_linear(words_of.COLOURS[name])
    if shade in SHADE_SETTINGS:
        value, saturation = SHADE_SETTINGS[shade]
        grey = sum(rgb) / 3
        mixed = [grey + (channel - grey) * saturation for channel in rgb]
        if shade == "light":
            mixed = [channel * 0.45 + 0.5 for channel in mixed]
        rgb = tuple(min(max(channel * value, 0.003), 0.95) for channel in mixed)  # type: ignore[assignment]
        name = f"{shade} {name}"
    return Colour(name, rgb)


def _look_up(words: list[str], index: int) -> tuple[int, str, str]:
    """Return how many words from `index` on make one phrase, what kind it is and what it stands for."""
    for length in range(min(LONGEST_PHRASE, len(words) - index), 0, -1):
        phrase = " ".join(words[index : index + length])
        for form in _singular_forms(phrase):
            if form in LEXICON:
                kind, value = LEXICON[form]
                return length, kind, value
    return 1, "noun", words[index]


def _singular_forms(phrase: str) -> list[str]:
    forms = [phrase]
    if phrase.endswith("ies"):
        forms.append(f"{phrase[:-3]}y")
    if phrase.endswith("es"):
        forms.append(phrase[:-2])
    if phrase.endswith("s") and not phrase.endswith("ss"):
        forms.append(phrase[:-1])
    return forms


def _build_lexicon() -> dict[str, tuple[str, str]]:
    lexicon: dict[str, tuple[str, str]] = {}
    for word in words_of.FILLERS:
        lexicon[word] = ("filler", word)
    for word in words_of.NEGATIONS:
        lexicon[word] = ("negation", word)
    for key, words in words_of.MATERIAL_WORDS.items():
        lexicon |= {word.strip(): ("material", key) for word in words.split(",")}
    lexicon |= {word: ("colour", word) for word in words_of.COLOURS}
    lexicon |= {word: ("colour", name) for word, name in words_of.COLOUR_SYNONYMS.items()}
    lexicon |= {word: ("shade", shade) for word, shade in words_of.SHADES.items() if shade}
    lexicon |= {word: ("finish", finish) for word, finish in words_of.FINISHES.items()}
    lexicon |= {word: ("trait", word) for word in words_of.WEAR_WORDS}
    return lexicon


LEXICON = _build_lexicon()


def _join_adjectives(chunks: list[_Chunk]) -> list[_Chunk]:
    """Give adjectives that stand alone to the material they speak of; settle what a chunk with a thing is made of."""
    settled: list[_Chunk] = []
    waiting: list[_Chunk] = []
    for chunk in chunks:
        chunk.materials = _settle_materials(chunk.materials)
        if not chunk.materials and chunk.colours and chunk.nouns:
            chunk.materials, chunk.is_guess = [_find_subject(chunk.nouns) or FALLBACK_MATERIAL], True
        if chunk.materials:
            for adjectives in waiting:
                _add(chunk, adjectives, is_before=True)
            waiting = []
            settled.append(chunk)
        elif not chunk.says_something:
            if not settled:
                waiting.append(chunk)
        elif settled:
            _give_afterwards(settled, chunk)
        else:
            waiting.append(chunk)
    return settled or waiting


def _settle_materials(found: list[str]) -> list[str]:
    """Return one material or none: the last word names what those before it only describe."""
    sure = [name for name in found if not name.startswith("?")]
    exact = [name for name in sure if name not in words_of.GENERIC_MATERIALS]
    return exact[-1:] or sure[-1:] or [name.lstrip("?") for name in found[:1]]


def _give_afterwards(settled: list[_Chunk], chunk: _Chunk) -> None:
    """Give adjectives that follow: stitches and wear to the last one after "with" or "and", else to all or the main."""
    if chunk.colours and chunk.after != "and":
        target = next((other for other in settled if not other.colours), settled[0])
    else:
        target = settled[-1]
    if chunk.after in (",", ";", ".") and not chunk.colours:
        for other in settled:
            _add(other, chunk)
        return
    _add(target, chunk)


def _add(chunk: _Chunk, adjectives: _Chunk, *, is_before: bool = False) -> None:
    both = (adjectives.colours, chunk.colours) if is_before else (chunk.colours, adjectives.colours)
    chunk.colours = list(dict.fromkeys((*both[0], *both[1])))
    chunk.traits = adjectives.traits | chunk.traits
    chunk.finish = chunk.finish or adjectives.finish
    chunk.words += [word for word in adjectives.words if word not in chunk.words]


def _find_subject(nouns: list[str]) -> str | None:
    for noun in nouns:
        for form in _singular_forms(noun):
            if form in words_of.SUBJECTS:
                return words_of.SUBJECTS[form]
    return None


def _make_wish(chunk: _Chunk) -> Wish:
    return Wish(
        material=chunk.materials[0],
        colours=tuple(chunk.colours),
        finish=chunk.finish,
        traits=dict(chunk.traits),
        parts=tuple(dict.fromkeys(chunk.nouns)),
        words=tuple(chunk.words),
        is_guess=chunk.is_guess,
    )


def _merge(wishes: list[Wish]) -> list[Wish]:
    """Make one of wishes for the same material: what was said of it later adds to what was said first."""
    merged: list[Wish] = []
    for wish in wishes:
        if merged and wish.material in words_of.COVERS and not wish.parts:
            merged[0] = _cover(merged[0], wish)
            continue
        same = [i for i, other in enumerate(merged) if _is_same(other, wish)]
        if not same:
            merged.append(wish)
            continue
        other = merged[same[0]]
        merged[same[0]] = replace(
            other,
            colours=tuple(dict.fromkeys((*other.colours, *wish.colours))),
            finish=other.finish or wish.finish,
            traits=wish.traits | other.traits,
            parts=tuple(dict.fromkeys((*other.parts, *wish.parts))),
            words=tuple(dict.fromkeys((*other.words, *wish.words))),
        )
    return merged


def _cover(wish: Wish, cover: Wish) -> Wish:
    """Lay moss, snow or rust on the main material."""
    trait, strength = words_of.COVERS[cover.material]
    return replace(wish, traits=wish.traits | {trait: strength}, words=(*wish.words, *cover.words))


def _is_same(one: Wish, other: Wish) -> bool:
    if one.material != other.material:
        return False
    return one.colours == other.colours or not (one.parts and other.parts)


def _guess(chunks: list[_Chunk], seed: int) -> Wish:
    """Choose for a prompt without a material: what its thing is made of, else paint; its colours and state count."""
    whole = _Chunk()
    for chunk in chunks:
        _add(whole, chunk)
        whole.nouns += chunk.nouns
    material = _find_subject(whole.nouns)
    if material is None:
        material = FALLBACK_MATERIAL
        if not whole.colours:
            name = FALLBACK_COLOURS[seed % len(FALLBACK_COLOURS)]
            whole.colours.append(_make_colour(name, ""))
    whole.materials = [material]
    return replace(_make_wish(whole), parts=(), is_guess=True)

"""Rewrites a short prompt by rules: the person's words stay, and what they did not speak of is added.

A prompt for a surface should tell material, finish, wear, light and style. Each is looked for in the words; the
missing ones are appended in that order, chosen to fit the material, or else the thing that is named. The same words
always give the same answer, and an answer rewritten once more stays as it is.
"""

import re
import zlib
from dataclasses import dataclass

# Together with the longest input it must fit into any vendor's prompt field.
LONGEST_ANSWER = 600
WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Family:
    """Materials that take the same words. `named` finds one in a prompt; `things` are made of the first by habit."""

    named: frozenset[str]
    things: frozenset[str]
    material: tuple[str, ...]
    finish: tuple[str, ...]
    wear: tuple[str, ...]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FAMILIES = (
    Family(
        _words("wood wooden oak pine walnut teak mahogany birch maple ebony plywood timber bamboo wicker rattan cork"),
        _words("chair table desk shelf bench barrel crate box chest guitar violin piano door stool bed boat canoe bow"),
        ("solid oak with a clear grain", "dark walnut with flowing grain", "warm pine boards with knots"),
        ("satin oiled finish", "hand-rubbed wax finish"),
        ("softly worn edges and a few fine scratches", "small dents and darkened corners"),
    ),
    Family(
        _words(
            "metal metallic steel iron bronze brass copper gold golden silver aluminium aluminum chrome titanium "
            "rust rusty"
        ),
        _words(
            "sword knight armor armour shield helmet axe robot drone engine anchor key lamp bell crown coin gear tank"
        ),
        ("forged steel", "cast bronze", "brushed steel with brass details"),
        ("brushed finish with crisp highlights", "polished edges on a satin body"),
        ("fine scratches and darkened recesses", "traces of oxidation in the corners"),
    ),
    Family(
        _words("stone rock marble granite brick bricks concrete sandstone slate limestone basalt jade obsidian"),
        _words(
            "statue bust castle house tower wall temple column fountain bridge ruin church cathedral grave sculpture"
        ),
        ("white marble with grey veins", "rough granite blocks", "weathered sandstone"),
        ("finely honed surface", "chiselled surface"),
        ("chipped edges and a little moss in the joints", "rain streaks and softened edges"),
    ),
    Family(
        _words("leather suede hide"),
        _words("bag boot boots shoe shoes belt saddle wallet jacket glove gloves handbag backpack holster"),
        ("brown full-grain leather with visible stitches", "black leather with raised seams"),
        ("semi-matte finish with soft sheen", "waxed finish"),
        ("creases along the folds and rubbed edges", "light scuffs and a deepened patina"),
    ),
    Family(
        _words("fabric cloth cotton wool knit knitted denim silk velvet linen canvas felt tweed burlap lace woollen"),
        _words("sofa couch cushion pillow shirt dress hat teddy plush doll curtain blanket scarf flag tent sweater"),
        ("tightly woven cotton with visible threads", "chunky knitted wool", "soft velvet with deep folds"),
        ("matte surface with a soft nap", "fine even weave"),
        ("slight pilling and softened seams", "faded folds"),
    ),
    Family(
        _words("ceramic porcelain glazed clay terracotta pottery earthenware stoneware enamel"),
        _words("vase cup mug bowl plate pot teapot teacup tile pitcher jar saucer figurine"),
        ("glazed stoneware", "white porcelain with a thin blue rim", "hand-thrown terracotta"),
        ("glossy glaze that pools in the recesses", "silky half-matte glaze"),
        ("fine crackle in the glaze", "a few tiny pinholes and an unglazed foot"),
    ),
    Family(
        _words("plastic rubber vinyl resin carbon fibre fiber acrylic silicone lacquer lacquered paint painted glass"),
        _words("car truck bike motorcycle toy phone camera helicopter plane spaceship rocket chess console drone tyre"),
        ("painted metal with rubber details", "moulded plastic in two tones"),
        ("glossy clear coat", "fine satin texture"),
        ("light dust and hairline scratches", "scuffed corners"),
    ),
    Family(
        _words("scales scaly fur skin bark moss mossy feather feathers bone chitin snow sand ice coral shell"),
        _words(
            "dragon snake lizard fish dinosaur crocodile monster creature beetle turtle tree mushroom dog cat horse"
        ),
        ("layered scales that change from dark to light", "weathered skin with fine pores"),
        ("matte surface with a faint sheen on the ridges", "slightly wet sheen"),
        ("scars and darkened creases", "worn ridges"),
    ),
)
ANYTHING = Family(
    frozenset(),
    frozenset(),
    ("hand-painted resin", "fine-grained clay", "satin painted wood"),
    ("smooth satin finish", "matte finish with fine grain"),
    ("lightly worn edges", "subtle dust in the recesses"),
)

FINISH = _words(
    "finish finished matte matt glossy gloss shiny satin polished brushed smooth rough glazed lacquered "
    "waxed oiled varnished metallic reflective sheen honed chiselled textured grainy silky wet dull "
    "hammered coat surface weave glaze"
)
WEAR = _words(
    "worn wear old new aged ancient antique vintage weathered scratched scratches battered rusty rusted "
    "dirty clean pristine chipped cracked crackle faded dented dents dusty dust mossy patina distressed "
    "damaged scuffed scuffs fresh used creases oxidation scars softened pinholes pilling"
)
LIGHT = _words(
    "lighting lit sun sunny sunlight sunset daylight moonlight neon glow glowing shadow shadows studio "
    "backlit candlelight overcast"
)
STYLE = _words(
    "style styled realistic photorealistic photorealism stylized stylised cartoon anime painterly pixel "
    "lowpoly poly pbr realism steampunk cyberpunk gothic baroque futuristic medieval minimalist fantasy "
    "watercolor watercolour comic toon retro victorian impressionist"
)
LIGHTS = ("soft studio light", "even daylight", "warm evening sunlight")
STYLES = ("photorealistic PBR textures", "realistic, finely detailed textures")


def optimize(user_input: str) -> str:
    """Return the person's words, followed by what they left open."""
    text = " ".join(user_input.split())
    words = set(WORD.findall(text.lower()))
    words |= {word.removesuffix("s") for word in words}
    family, is_named = _find_family(words)
    draw = zlib.crc32(text.lower().encode())
    wanted = [
        ("" if is_named else "made of " + _pick(family.material, draw)),
        ("" if words & FINISH else _pick(family.finish, draw // 7)),
        ("" if words & WEAR else _pick(family.wear, draw // 11)),
        ("" if words & LIGHT else _pick(LIGHTS, draw // 13)),
        ("" if words & STYLE else _pick(STYLES, draw // 17)),
    ]
    answer = text.rstrip(" .,;:!") or text
    for addition in filter(None, wanted):
        if len(answer) + 2 + len(addition) <= LONGEST_ANSWER:
            answer = f"{answer}, {addition}"
    return answer


def _find_family(words: set[str]) -> tuple[Family, bool]:
    """The family of what the words name, and whether they name a material themselves."""
    for family in FAMILIES:
        if words & family.named:
            return family, True
    return next((family for family in FAMILIES if words & family.things), ANYTHING), False


def _pick(choices: tuple[str, ...], draw: int) -> str:
    return choices[draw % len(choices)]

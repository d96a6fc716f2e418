"""What a seed decides before anything runs: what people wish for, and when what is killed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

WISHES_OF_ONE = 40
PEOPLE_LEAST, PEOPLE_MOST = 3, 6
WISH_EVERY_S = 0.3
WISHES_LEAST_S = 6.0
MODELS = 5
DOUBLE_CLICKS = 0.15
TARGETS = ("fbx", "obj", "gltf", "usdz", "stl", "ply")
SHARED_PROMPTS = ("weathered oak", "brushed copper")
SHARED, PICTURE, PROMPT, ORDER = "shared", "picture", "prompt", "order"

# What is killed with SIGKILL. Each strikes once before any strikes again.
VICTIMS = (
    "idle worker",
    "busy worker",
    "monitor",
    "pusher",
    "sentinel",
    "worker main",
    "worker group",
    "web worker",
    "web master",
    "sandbox",
)
FREEZE = "frozen for a while"
FREEZES = 0.25
FROZEN_S = (3.0, 8.0)


@dataclass(frozen=True)
class Options:
    tasks: int = 300
    faults: float = 0.2
    kill_every_s: float = 5.0
    seed: int = 1
    stack: str = "sqlite"

    @property
    def people(self) -> int:
        return min(max(self.tasks // WISHES_OF_ONE, PEOPLE_LEAST), PEOPLE_MOST)

    @property
    def people_s(self) -> float:
        """How long people go on wishing, and processes being killed."""
        return max(WISHES_LEAST_S, self.tasks * WISH_EVERY_S)


@dataclass(frozen=True)
class Wish:
    """One form, filled in. `files` names a model by its number, or a picture of this wish's own (None).

    `kind` says how the vendor's side shows which task came of it: by the order's key, by words of its own, by words
    that others say as well, or by its own picture.
    """

    number: int
    operation: str
    values: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, int | None] = field(default_factory=dict)
    kind: str = ORDER
    double_click: bool = False

    @property
    def words(self) -> str:
        return self.values.get("text_style_prompt", "")


@dataclass(frozen=True)
class Strike:
    """A kill, or a freeze of `frozen_s`. `place` (0 to 1) chooses among the processes that fit."""

    at_s: float
    victim: str
    place: float
    frozen_s: float = 0.0


def make_wishes(options: Options) -> list[Wish]:
    random = Random(f"{options.seed}:wishes")
    makers = (
        *[_wish_remesh] * 4,
        *[_wish_conversion] * 3,
        _wish_render,
        *[_wish_texture] * 2,
        *[_wish_words_texture] * 2,
        *[_wish_picture] * 2,
        *[_wish_prompt] * 2,
        *[_wish_retexture] * 8,
        *[_wish_shared_retexture] * 3,
        *[_wish_styled_retexture] * 4,
    )
    bag: list = []
    wishes = []
    for number in range(options.tasks):
        if not bag:
            bag = random.sample(makers, len(makers))
        operation, values, files, kind = bag.pop()(number, random)
        wishes.append(Wish(number, operation, values, files, kind, double_click=random.random() < DOUBLE_CLICKS))
    return wishes


Made = tuple[str, dict[str, str], dict[str, int | None], str]


def _model(random: Random) -> int:
    return random.randrange(MODELS)


def _wish_remesh(number: int, random: Random) -> Made:
    values = {"face_type": "triangle", "target_face_count": str(1000 + number)}
    return "triverse.model-remesh", values, {"model_file": _model(random)}, ORDER


def _wish_conversion(number: int, random: Random) -> Made:
    values = {"target_format": random.choice(TARGETS)}
    return "triverse.convert-model-format", values, {"model_file": _model(random)}, ORDER


def _wish_render(number: int, random: Random) -> Made:
    return "triverse.model-preview-render", {"resolution": "1024x1024"}, {"model_file": _model(random)}, ORDER


def _wish_texture(number: int, random: Random) -> Made:
    return "triverse.texture-model", {}, {"model_file": _model(random), "image_file": None}, ORDER


def _wish_words_texture(number: int, random: Random) -> Made:
    return "triverse.text-to-texture", {"text_prompt": f"moss number {number}"}, {"model_url": _model(random)}, ORDER


def _wish_picture(number: int, random: Random) -> Made:
    return "triverse.image-generation", {"prompt": f"a lamp, number {number}", "image_count": "1"}, {}, ORDER


def _wish_prompt(number: int, random: Random) -> Made:
    return "triverse.prompt-optimize", {"user_input": f"a chair, number {number}"}, {}, ORDER


def _wish_retexture(number: int, random: Random) -> Made:
    return "meshy.retexture", {"text_style_prompt": f"rust number {number}"}, {"model_url": _model(random)}, PROMPT


def _wish_shared_retexture(number: int, random: Random) -> Made:
    return "meshy.retexture", {"text_style_prompt": random.choice(SHARED_PROMPTS)}, {"model_url": 0}, SHARED


def _wish_styled_retexture(number: int, random: Random) -> Made:
    return "meshy.retexture", {}, {"model_url": _model(random), "image_style_url": None}, PICTURE


def make_strikes(options: Options) -> list[Strike]:
    """Return the kills, at random about every `kill_every_s` seconds while people work; none where that is 0."""
    if options.kill_every_s <= 0:
        return []
    random = Random(f"{options.seed}:strikes")
    strikes: list[Strike] = []
    bag: list[str] = []
    at_s = options.kill_every_s * random.uniform(0.3, 0.7)
    while at_s < options.people_s:
        if random.random() < FREEZES:
            strikes.append(Strike(at_s, FREEZE, random.random(), random.uniform(*FROZEN_S)))
        else:
            bag = bag or random.sample(VICTIMS, len(VICTIMS))
            strikes.append(Strike(at_s, bag.pop(), random.random()))
        at_s += options.kill_every_s * random.uniform(0.5, 1.5)
    return strikes

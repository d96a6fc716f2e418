"""Which wish goes on which part of a model: by the names it gives its parts, else by where and how large they are."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.prompt import Wish
from engine.texture_body import Body

MOST_LOOSE_PARTS = 400
WHOLE_WORDS = frozenset({"body", "main", "frame", "everything", "rest", "base", "hull", "corpus", "shell", "torso"})
ZONES: dict[str, tuple[int, int, float]] = {
    **dict.fromkeys(("foot", "sole", "shoe", "hoof", "paw", "claw", "wheel", "tyre", "root"), (2, -1, 0.18)),
    **dict.fromkeys(("leg", "bottom", "base", "pedestal", "stand", "plinth", "underside"), (2, -1, 0.3)),
    **dict.fromkeys(("head", "top", "roof", "lid", "cap", "hat", "helmet", "face", "mane", "hair"), (2, 1, 0.3)),
    **dict.fromkeys(("horn", "ear", "crown", "antenna", "tip", "handle", "spire", "antler"), (2, 1, 0.18)),
    **dict.fromkeys(("front", "nose", "chest", "belly", "bumper", "snout"), (1, -1, 0.25)),
    **dict.fromkeys(("back", "rear", "tail", "spine"), (1, 1, 0.25)),
}
"""Words for places: the axis (0 across, 1 to the back, 2 up), which end of it, and how far it reaches."""
FAMILIES = {
    "metal": {"steel", "iron", "chrome", "brass", "bronze", "copper", "gold", "silver", "aluminium", "rust"},
    "wood": {"oak", "pine", "walnut", "bark", "bamboo"},
    "cloth": {"fabric", "denim", "knit", "velvet", "silk", "felt"},
}
"""What a part may be called that is made of these."""
MOSTLY = 0.6
"""A loose part belongs to a place if so much of its area lies there."""
LOWER_PART = (2, -1, 0.3)
PLACE_NAMES = {(2, -1): "lower part", (2, 1): "upper part", (1, -1): "front", (1, 1): "back"}


@dataclass(frozen=True)
class Unit:
    """A part that gets one material: what it is called, its faces and its area."""

    name: str
    words: frozenset[str]
    faces: np.ndarray
    area: float


@dataclass
class Plan:
    """For each face of the body the number of its wish; what went where, and what to tell about it."""

    face_wishes: np.ndarray
    places: list[str]
    notes: list[str] = field(default_factory=list)


def plan_parts(body: Body, wishes: Sequence[Wish]) -> Plan:
    """Decide which wish each face gets. One wish, mostly the first, gets all that no other asks for.

    Parts called what the prompt says come first, then parts called what a material is, then places that the prompt
    names; what finds nothing goes on the largest parts that are left.
    """
    plan = Plan(np.zeros(len(body.face_pieces), dtype=np.int32), [""] * len(wishes))
    if len(wishes) == 1:
        return plan
    free = sorted(_collect_units(body), key=lambda unit: -unit.area)
    main = _choose_main(wishes)
    plan.face_wishes[:] = main
    kept = [unit for unit in free if unit.words & (_spread(wishes[main].parts) | _name_material(wishes[main]))]
    kept = kept or free[:1]
    waiting = [index for index in range(len(wishes)) if index != main]
    is_named = np.zeros(len(body.face_pieces), dtype=bool)
    for get_names in (
        lambda wish: _spread(wish.parts),
        lambda wish: set() if _find_zone(wish) else _name_material(wish),
    ):
        for index in list(waiting):
            found = [unit for unit in free if unit.words & get_names(wishes[index]) and unit not in kept]
            if found:
                _give(plan, index, found)
                waiting.remove(index)
                free = [unit for unit in free if unit not in found]
        if not is_named.any():
            is_named = plan.face_wishes != main
    free = [unit for unit in free if unit not in kept]
    _place_rest(plan, body, wishes, waiting, free, ~is_named)
    plan.places[main] = ", ".join(dict.fromkeys(unit.name for unit in kept))[:80]
    return plan


def _place_rest(
    plan: Plan, body: Body, wishes: Sequence[Wish], waiting: list[int], free: list[Unit], may_change: np.ndarray
) -> None:
    """Place the wishes that no part is called after."""
    for index in [index for index in waiting if _find_zone(wishes[index])]:
        _give_zone(plan, index, wishes[index], body, may_change)
        waiting.remove(index)
    for position, index in enumerate(waiting):
        found = free[:: len(waiting) - position + 1]  # the main one keeps its share
        if not found:
            _give_zone(plan, index, wishes[index], body, may_change)
            continue
        free = [unit for unit in free if unit not in found]
        _give(plan, index, found)
        plan.notes.append(f"No part has a name from the prompt: {_name(wishes[index])} went on {plan.places[index]}.")


def _name_material(wish: Wish) -> set[str]:
    """Return what a part may be called that is made of a wish's material."""
    family = next((name for name, members in FAMILIES.items() if wish.material in members), "")
    return _spread((*wish.material.split("_"), family)) - {""}


def _choose_main(wishes: Sequence[Wish]) -> int:
    """Return the wish for the whole: the one that says so, else the first."""
    named = [index for index, wish in enumerate(wishes) if set(wish.parts) & (WHOLE_WORDS - {"base"})]
    return named[0] if named else 0


def _name(wish: Wish) -> str:
    return " ".join((wish.material.replace("_", " "), *(f"({part})" for part in wish.parts[:1])))


def _give(plan: Plan, index: int, units: Sequence[Unit]) -> None:
    for unit in units:
        plan.face_wishes[unit.faces] = index
    plan.places[index] = ", ".join(dict.fromkeys(unit.name for unit in units if unit.name))[:80]


def _find_zone(wish: Wish) -> tuple[int, int, float] | None:
    """Return the place that a wish's part word speaks of."""
    return next((ZONES[part] for word in wish.parts for part in sorted(_spread([word])) if part in ZONES), None)


def _give_zone(plan: Plan, index: int, wish: Wish, body: Body, may_change: np.ndarray) -> None:
    """Give a wish the loose parts that lie where its part word says; of a model in one piece, cut that place off.

    Without such a word it is the lower part.
    """
    axis, end, share = _find_zone(wish) or LOWER_PART
    areas, middles = measure_faces(body)
    along = middles[:, axis] * end
    is_here = along >= along.max() - share * (along.max() - along.min())
    labels = label_loose_parts(body)
    share_inside = np.bincount(labels, areas * is_here) / np.maximum(np.bincount(labels, areas), 1e-12)
    is_part = share_inside[labels] >= MOSTLY
    has_loose_parts = bool(is_part.any())
    is_here = is_part if has_loose_parts else is_here
    plan.face_wishes[is_here & may_change] = index
    plan.places[index] = PLACE_NAMES[axis, end]
    kind = "No part has a name from the prompt" if has_loose_parts else "The model is in one piece"
    plan.notes.append(f"{kind}: {_name(wish)} went on its {plan.places[index]}.")


def _spread(words: Iterable[str]) -> set[str]:
    """Return words with their singular forms."""
    irregular = {"feet": "foot", "hooves": "hoof", "knives": "knife", "teeth": "tooth", "wheels": "wheel"}
    spread = set(words)
    for word in list(spread):
        spread.add(irregular.get(word, word))
        if word.endswith("s") and not word.endswith("ss"):
            spread |= {word[:-1], word[:-2] if word.endswith("es") else word[:-1]}
    return spread


def _split_name(*names: str) -> frozenset[str]:
    """Return the words of names such as `LeftFoot_02` or `mat.glass`."""
    words = {word.lower() for name in names for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return frozenset(_spread(words))


def measure_faces(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Return each face's area and middle."""
    count = len(body.item.data.polygons)
    areas, middles = np.empty(count, dtype=np.float32), np.empty(count * 3, dtype=np.float32)
    body.item.data.polygons.foreach_get("area", areas)
    body.item.data.polygons.foreach_get("center", middles)
    return areas, middles.reshape(-1, 3)


def _collect_units(body: Body) -> list[Unit]:
    """Return the model's parts: each object's materials; of a single object with one material its loose parts."""
    areas, _ = measure_faces(body)
    keys = body.face_pieces.astype(np.int64) * 1000 + body.face_slots
    numbers = np.unique(keys)
    if len(numbers) > 1:
        return [_make_unit(body, np.flatnonzero(keys == key), areas) for key in numbers]
    labels = label_loose_parts(body)
    numbers, counts = np.unique(labels, return_counts=True)
    if len(numbers) > MOST_LOOSE_PARTS:
        numbers = numbers[np.argsort(-counts, kind="stable")[:MOST_LOOSE_PARTS]]
    return [_make_unit(body, np.flatnonzero(labels == label), areas, is_loose=True) for label in numbers]


def _make_unit(body: Body, faces: np.ndarray, areas: np.ndarray, *, is_loose: bool = False) -> Unit:
    item = body.pieces[int(body.face_pieces[faces[0]])].item
    slot = int(body.face_slots[faces[0]])
    material = item.data.materials[slot] if slot < len(item.data.materials) else None
    names = [item.name, item.data.name, item.parent.name if item.parent else "", material.name if material else ""]
    name = "a loose part" if is_loose else item.name
    return Unit(name, _split_name(*names), faces, float(areas[faces].sum()))


def label_loose_parts(body: Body) -> np.ndarray:
    """Return for each face the number of its loose part; points at the same place count as one."""
    mesh = body.item.data
    points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    _, same = np.unique(np.round(points.reshape(-1, 3), 5), axis=0, return_inverse=True)
    edges = np.empty(len(mesh.edges) * 2, dtype=np.int32)
    mesh.edges.foreach_get("vertices", edges)
    one, other = same.ravel()[edges.reshape(-1, 2)].T
    labels = np.arange(same.max() + 1)
    while True:
        least = np.minimum(labels[one], labels[other])
        after = labels.copy()
        np.minimum.at(after, one, least)
        np.minimum.at(after, other, least)
        after = after[after]
        if (after == labels).all():
            break
        labels = after
    starts = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    return labels[same.ravel()[corners[starts]]]

"""Which wish goes on which part of a model: by the names it gives its parts, else by where and how large they are."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.prompt import Wish
from engine.texture_body import Body

MOST_LOOSE_PARTS = 400
BAND_SHARE = 0.3
"""Of the height: how much of a model in one piece its lower or upper part is."""
WHOLE_WORDS = frozenset({"body", "main", "frame", "everything", "rest", "base", "hull", "corpus", "shell", "torso"})
ZONES: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("foot", "feet", "leg", "legs", "sole", "bottom", "base", "pedestal", "stand", "wheel"), (2, -1)),
    **dict.fromkeys(("shoe", "hoof", "hooves", "paw", "claw", "plinth", "underside", "root", "tyre"), (2, -1)),
    **dict.fromkeys(("head", "top", "roof", "hair", "lid", "cap", "hat", "helmet", "horn", "ear", "crown"), (2, 1)),
    **dict.fromkeys(("antenna", "face", "mane", "tip", "handle", "collar", "neck", "spire"), (2, 1)),
    **dict.fromkeys(("front", "nose", "chest", "belly", "bumper", "snout"), (1, -1)),
    **dict.fromkeys(("back", "rear", "tail", "spine"), (1, 1)),
}
"""Words for places: the axis (0 across, 1 to the back, 2 up) and which end of it."""


@dataclass(frozen=True)
class Unit:
    """A part that gets one material: what it is called, its faces, its area and its middle."""

    name: str
    words: frozenset[str]
    faces: np.ndarray
    area: float
    middle: tuple[float, ...]


@dataclass
class Plan:
    """For each face of the body the number of its wish; what went where, and what to tell about it."""

    face_wishes: np.ndarray
    places: list[str]
    notes: list[str] = field(default_factory=list)


def plan_parts(body: Body, wishes: Sequence[Wish]) -> Plan:
    """Decide which wish each face gets. The first wish gets all that no other one asks for."""
    plan = Plan(np.zeros(len(body.face_pieces), dtype=np.int32), [""] * len(wishes))
    if len(wishes) == 1:
        return plan
    areas, middles = _measure_faces(body)
    units = _collect_units(body, areas, middles)
    main = _choose_main(wishes)
    plan.face_wishes[:] = main
    free = sorted(units, key=lambda unit: -unit.area)
    others = [index for index in range(len(wishes)) if index != main]
    for index in others:
        found = [unit for unit in free if unit.words & _spread(wishes[index].parts)]
        free = [unit for unit in free if unit not in found]
        _give(plan, index, found)
    rest = [index for index in others if not plan.places[index]]
    kept = [unit for unit in free if unit.words & _spread(wishes[main].parts)] or free[:1]
    free = [unit for unit in free if unit not in kept]
    for position, index in enumerate(rest):
        found = _find_by_place(free, wishes[index].parts, middles) if len(units) > 1 else []
        found = found or _take_share(free, len(rest) - position)
        free = [unit for unit in free if unit not in found]
        _give(plan, index, found)
        if found:
            plan.notes.append(
                f"No part is called what the prompt says: {_name(wishes[index])} went on {plan.places[index]}."
            )
        else:
            _give_band(plan, index, wishes[index], middles)
    plan.places[main] = ", ".join(unit.name for unit in kept if unit.name)[:80]
    return plan


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


def _take_share(free: Sequence[Unit], wishes_left: int) -> list[Unit]:
    """Return every n-th of the free units, largest first, so that each wish gets some of each size."""
    return list(free[::wishes_left])


def _find_by_place(free: Sequence[Unit], parts: Sequence[str], middles: np.ndarray) -> list[Unit]:
    """Return units that lie where a part's word says."""
    for part in _spread(parts):
        if part in ZONES:
            axis, end = ZONES[part]
            limit = np.quantile(middles[:, axis] * end, 1 - BAND_SHARE)
            return [unit for unit in free if unit.middle[axis] * end >= limit]
    return []


def _give_band(plan: Plan, index: int, wish: Wish, middles: np.ndarray) -> None:
    """Cut a model in one piece by place: where the part's word says, else its lower part."""
    zones = [ZONES[part] for part in sorted(_spread(wish.parts)) if part in ZONES]
    axis, end = zones[0] if zones else (2, -1)
    along = middles[:, axis] * end
    low, high = along.min(), along.max()
    plan.face_wishes[along >= high - BAND_SHARE * (high - low)] = index
    names = {(2, -1): "lower part", (2, 1): "upper part", (1, -1): "front", (1, 1): "back"}
    plan.places[index] = names[axis, end]
    plan.notes.append(f"The model is in one piece: {_name(wish)} went on its {names[axis, end]}.")


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


def _measure_faces(body: Body) -> tuple[np.ndarray, np.ndarray]:
    count = len(body.item.data.polygons)
    areas, middles = np.empty(count, dtype=np.float32), np.empty(count * 3, dtype=np.float32)
    body.item.data.polygons.foreach_get("area", areas)
    body.item.data.polygons.foreach_get("center", middles)
    return areas, middles.reshape(-1, 3)


def _collect_units(body: Body, areas: np.ndarray, middles: np.ndarray) -> list[Unit]:
    """Return the model's parts: each object's materials; of a single object with one material its loose parts."""
    keys = body.face_pieces.astype(np.int64) * 1000 + body.face_slots
    numbers = np.unique(keys)
    if len(numbers) > 1:
        return [_make_unit(body, np.flatnonzero(keys == key), areas, middles) for key in numbers]
    labels = label_loose_parts(body)
    numbers, counts = np.unique(labels, return_counts=True)
    if len(numbers) > MOST_LOOSE_PARTS:
        numbers = numbers[np.argsort(-counts, kind="stable")[:MOST_LOOSE_PARTS]]
    return [_make_unit(body, np.flatnonzero(labels == label), areas, middles, is_loose=True) for label in numbers]


def _make_unit(
    body: Body, faces: np.ndarray, areas: np.ndarray, middles: np.ndarray, *, is_loose: bool = False
) -> Unit:
    item = body.pieces[int(body.face_pieces[faces[0]])].item
    slot = int(body.face_slots[faces[0]])
    material = item.data.materials[slot] if slot < len(item.data.materials) else None
    names = [item.name, item.data.name, item.parent.name if item.parent else "", material.name if material else ""]
    weights = areas[faces] + 1e-12
    middle = (middles[faces] * weights[:, None]).sum(axis=0) / weights.sum()
    name = "a loose part" if is_loose else item.name
    return Unit(name, _split_name(*names), faces, float(weights.sum()), tuple(float(value) for value in middle))


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

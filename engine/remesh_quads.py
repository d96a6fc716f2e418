"""Remesh to quads with QuadriFlow, part by part: budgets, attempts from best to safest, and the parts put together.

On a mesh of several shells QuadriFlow may return garbage and call it finished; on one shell at a time, measured
against the original, it does not.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import bpy
import numpy as np

from engine.remesh_forker import Attempt, Forker
from engine.remesh_part import DIAGONAL, Order
from engine.remesh_source import Source, measure_areas, read_points, read_triangles, scale_mesh, shade_by_angle

FLOW_MOST = 8_000
"""QuadriFlow's time explodes above; more faces come from subdividing its result."""
FLOW_LEAST, FLOW_SURE = 30, 120
"""Below the first, QuadriFlow is of no use; below the second it is tried once, and joining is next."""
FLOW_PARTS = 60
BUDGET_POWER = 0.85
DUST_SHARE = 2e-5
METHODS = ("flow", "flow harder", "voxel", "join")
SHORT_METHODS = ("flow", "join")
LIMIT_S = {"flow": 12.0, "flow harder": 8.0, "voxel": 20.0, "join": 120.0}
"""Of processor time: 8,000 faces take about 7 s, and what takes longer seldom comes out well."""
SHARP_DEGREES = 40
TRIES_MOST, CLOSE_IN_S = 4, 20.0
CORRECT_SHARE = 0.08
"""From this distance to the target on, the biggest part is made once more."""
LAST_SHARE = 0.5
"""What the last, biggest part may deviate from its own budget, to make up for the others."""


Try = tuple[int, int, dict[str, np.ndarray]]
"""What was asked for, how many faces came, and the result."""


@dataclass
class Part:
    """One shell (or all the small ones together), its budget of faces, and what came of it."""

    points: np.ndarray
    triangles: np.ndarray
    area: float
    target: int = 0
    method: str = ""
    result: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def faces(self) -> int:
        """The faces of the result."""
        return len(self.result["sizes"])


def rebuild_with_quads(
    source: Source, *, target: int, forker: Forker, workspace: Path, report: Callable[[float, str], None]
) -> dict[str, int]:
    """Replace the source's mesh by about `target` quads; return how many parts each method made."""
    parts, small = _plan(source, target)
    bench = _Bench(forker, workspace, total=sum(part.target for part in parts) + small.target, report=report)
    if len(small.triangles):
        bench.remesh([small], methods=METHODS[-1:])
    others, biggest = parts[:-1], parts[-1] if parts else None
    bench.remesh([part for part in others if part.target < FLOW_SURE], methods=SHORT_METHODS)
    bench.remesh([part for part in others if part.target >= FLOW_SURE])
    if biggest:
        made = sum(part.faces for part in others) + (small.faces if small.result else 0)
        share = np.clip((target - made) / biggest.target, 1 - LAST_SHARE, 1 + LAST_SHARE)
        biggest.target = max(FLOW_LEAST, round(biggest.target * share))
        bench.remesh([biggest])
        _close_in(bench, biggest, wanted=target - made, tolerance=CORRECT_SHARE * target)
    finished = [part for part in (*parts, small) if part.result]
    _put_together(source, finished)
    return dict(Counter(part.method for part in finished))


def _close_in(bench: "_Bench", part: Part, *, wanted: int, tolerance: float) -> None:
    """Make a part again with other targets while its count is too far off, and keep the nearest result."""
    tries = [(part.target, part.faces, part.result)]
    method, started = part.method, time.monotonic()
    while (
        abs(_find_nearest(tries, wanted)[1] - wanted) > tolerance
        and len(tries) < TRIES_MOST
        and method in METHODS
        and time.monotonic() - started < CLOSE_IN_S
    ):
        part.result, part.target = {}, _guess_target(tries, wanted)
        bench.remesh([part], methods=(method,))
        if part.method != method:
            break
        tries.append((part.target, part.faces, part.result))
    part.target, _, part.result = _find_nearest(tries, wanted)
    part.method = method


def _find_nearest(tries: list[Try], wanted: int) -> Try:
    return min(tries, key=lambda each: abs(each[1] - wanted))


def _guess_target(tries: list[Try], wanted: int) -> int:
    """Guess which target gives the wanted count: between a try below and one above, else in proportion."""
    below = [each for each in tries if each[1] < wanted]
    above = [each for each in tries if each[1] >= wanted]
    if below and above:
        low, high = max(below, key=lambda each: each[1]), min(above, key=lambda each: each[1])
        share = (wanted - low[1]) / (high[1] - low[1])
        return max(round(low[0] + share * (high[0] - low[0])), FLOW_LEAST)
    target, faces, _ = _find_nearest(tries, wanted)
    return max(round(target * float(np.clip(wanted / max(faces, 1), 0.5, 2))), FLOW_LEAST)


def _plan(source: Source, target: int) -> tuple[list[Part], Part]:
    """Split the source into shells and give each its budget; small ones go into one part. The biggest comes last."""
    mesh = source.item.data
    scale_mesh(mesh, DIAGONAL / source.diagonal)
    points, triangles = read_points(mesh), read_triangles(mesh)
    shells = [_cut_out(points, triangles[rows]) for rows in split_shells(triangles, len(points))]
    whole = sum(shell.area for shell in shells)
    shells = sorted((shell for shell in shells if shell.area > whole * DUST_SHARE), key=lambda shell: shell.area)
    weights = np.array([shell.area**BUDGET_POWER for shell in shells])
    for shell, weight in zip(shells, weights / weights.sum(), strict=True):
        shell.target = round(target * float(weight))
    big = [shell for shell in shells[-FLOW_PARTS:] if shell.target >= FLOW_LEAST]
    rest = [shell for shell in shells if not any(shell is other for other in big)]
    return big, _merge(rest)


def split_shells(triangles: np.ndarray, point_count: int) -> list[np.ndarray]:
    """Return the triangles of each connected shell, as lists of rows."""
    label = np.arange(point_count)
    while True:
        lowest = label[triangles].min(axis=1)
        updated = label.copy()
        for corner in range(3):
            np.minimum.at(updated, triangles[:, corner], lowest)
            np.minimum.at(updated, label[triangles[:, corner]], lowest)
        updated = updated[updated]
        if (updated == label).all():
            break
        label = updated
    owner = label[triangles[:, 0]]
    order = np.argsort(owner, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)


def _cut_out(points: np.ndarray, triangles: np.ndarray) -> Part:
    used, corners = np.unique(triangles, return_inverse=True)
    corners = corners.reshape(-1, 3)
    return Part(points[used], corners, float(measure_areas(points[used], corners).sum()))


def _merge(parts: list[Part]) -> Part:
    """Put shells side by side in one part."""
    if not parts:
        return Part(np.empty((0, 3)), np.empty((0, 3), dtype=np.int32), 0.0)
    starts = np.cumsum([0, *(len(part.points) for part in parts[:-1])])
    triangles = np.concatenate([part.triangles + start for part, start in zip(parts, starts, strict=True)])
    merged = Part(np.concatenate([part.points for part in parts]), triangles, sum(part.area for part in parts))
    merged.target = max(sum(part.target for part in parts), 1)
    return merged


class _Bench:
    """Runs attempts on parts, from the best method to the safest, and tells of progress."""

    def __init__(self, forker: Forker, workspace: Path, *, total: int, report: Callable[[float, str], None]) -> None:
        self._forker, self._workspace, self._report = forker, workspace, report
        self._total, self._done, self._number = max(total, 1), 0, 0

    def remesh(self, parts: list[Part], *, methods: tuple[str, ...] = METHODS) -> None:
        """Give each part its result; what no method can do keeps its triangles."""
        waiting = parts
        for method in methods:
            orders = [self._save(part, method) for part in waiting]
            attempts = [Attempt(order, LIMIT_S[method]) for order in orders]
            outcomes = self._forker.run(attempts, on_end=self._tell)
            for part, order, outcome in zip(waiting, orders, outcomes, strict=True):
                if outcome == "done":
                    self._take(part, order)
            waiting = [part for part in waiting if not part.result]
            if not waiting:
                return
        for part in waiting:
            self._keep(part)

    def _save(self, part: Part, method: str) -> Order:
        self._number += 1
        source = self._workspace / f"part-{self._number}.npz"
        np.savez(source, points=part.points, triangles=part.triangles)
        level = 0
        if method != "join":
            while part.target / 4**level > FLOW_MOST:
                level += 1
        target = max(round(part.target / 4**level), 4)
        return Order(source, source.with_suffix(".result.npz"), method, target, level)

    def _take(self, part: Part, order: Order) -> None:
        with np.load(order.result) as saved:
            part.result = {name: saved[name] for name in ("points", "corners", "sizes")}
        part.method = order.method
        self._done += part.target
        order.source.unlink()
        order.result.unlink()
        self._tell(0)

    def _keep(self, part: Part) -> None:
        sizes = np.full(len(part.triangles), 3, dtype=np.int32)
        part.result = {"points": part.points, "corners": part.triangles.ravel(), "sizes": sizes}
        part.method = "kept"
        self._done += part.target

    def _tell(self, _: int) -> None:
        self._report(min(self._done / self._total, 1.0), "Laying out quads")


def _put_together(source: Source, parts: list[Part]) -> None:
    """Make the results one mesh, in the source's own size."""
    starts = np.cumsum([0, *(len(part.result["points"]) for part in parts[:-1])])
    corners = np.concatenate([part.result["corners"] + start for part, start in zip(parts, starts, strict=True)])
    sizes = np.concatenate([part.result["sizes"] for part in parts])
    points = np.concatenate([part.result["points"] for part in parts])
    mesh = bpy.data.meshes.new("Remeshed")
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners.astype(np.int32))
    mesh.polygons.add(len(sizes))
    mesh.polygons.foreach_set("loop_start", np.cumsum([0, *sizes[:-1]]).astype(np.int32))
    mesh.update(calc_edges=True)
    mesh.validate()
    before = source.item.data
    source.item.data = mesh
    bpy.data.meshes.remove(before)
    scale_mesh(mesh, source.diagonal / DIAGONAL)
    shade_by_angle(mesh, SHARP_DEGREES)

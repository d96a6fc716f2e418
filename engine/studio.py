"""The photo studio: camera, light, ground and Cycles settings, the same for every poster and every render."""

import math
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector
from PIL import Image, ImageFilter

from engine import studio_light
from engine.scene import get_mesh_objects, measure_bounding_box
from engine.studio_shadow import GroundShadow, Projection, cover_with_subject

STAND_DIAGONAL = 2.0
"""Every model is shown at this size (Blender units), so that light, shadow and clipping never depend on its scale."""
FIELD_OF_VIEW_DEGREES = 24.0
"""Across the longer side of the picture; about an 85 mm lens."""
MARGIN = 0.09
"""Free space between the subject and the edge, as a share of the picture, on each side."""
SAMPLES_BY_PIXELS = ((2_000_000, 4), (6_000_000, 2), (math.inf, 1))
"""(up to so many pixels, samples per pixel). With OpenImageDenoise on top more look the same to the eye, and a large
picture has so many neighbours that fewer do (2048 x 2048, 2 instead of 4 samples: 20 CPU s instead of 29)."""
MOST_SAMPLES = 4
FINE_SHADOW_PX = 1024
"""The soft shadow of a larger picture is computed at half its size: nobody sees it, and it takes a quarter."""
MAX_FRAMING_POINTS = 60_000
POSTER_QUALITY = 88
SOLID_ALPHA = 200
"""From here on (of 255) an edge pixel's own colour can be trusted."""


@dataclass(frozen=True)
class View:
    """Where the camera stands: degrees around the model (0 is its front, 90 its left side) and above it."""

    azimuth_degrees: float
    elevation_degrees: float = 0.0


VIEWS: dict[str, View] = {
    "front": View(0),
    "back": View(180),
    "left": View(90),
    "right": View(-90),
    "top": View(0, 90),
    "bottom": View(0, -90),
    "three-quarter": View(35, 18),
}
"""Left and right are the subject's own. The front is glTF's +Z, which is Blender's -Y."""
POSTER_VIEW = "three-quarter"


class Studio:
    """A model on its stand, ready to be photographed from any side; the scene is built once for all pictures."""

    def __init__(self) -> None:
        """Put the scene's model on the stand and switch the lights on."""
        _remove_lights_and_cameras()
        _put_on_stand()
        studio_light.give_clay_to_bare_objects(get_mesh_objects())
        self._points = _collect_points(get_mesh_objects())
        self._ground = float(self._points[:, 2].min())
        self._shadow = GroundShadow(get_mesh_objects(), ground=self._ground)
        self._camera = _add_camera()
        self._lights = studio_light.Lights()
        _choose_render_settings()

    def shoot(
        self, view: str | View, *, width: int, height: int, workspace: Path, most_samples: int = MOST_SAMPLES
    ) -> Image.Image:
        """Return a picture with a transparent background and a soft shadow on the ground."""
        view = VIEWS[view] if isinstance(view, str) else view
        scene = bpy.context.scene
        scene.render.resolution_x, scene.render.resolution_y = width, height
        usual = next(samples for pixels, samples in SAMPLES_BY_PIXELS if width * height <= pixels)
        scene.cycles.samples = min(usual, most_samples)
        self._aim(view, aspect=width / height)
        self._lights.turn(view.azimuth_degrees, from_below=view.elevation_degrees < 0)
        file = workspace / "shot.png"
        scene.render.filepath = str(file)
        bpy.ops.render.render(write_still=True)
        with Image.open(file) as shot:
            picture = smooth_edges(shot.convert("RGBA"))
        return picture if view.elevation_degrees < 0 else self._add_shadow(picture, view)

    def _add_shadow(self, picture: Image.Image, view: View) -> Image.Image:
        sun = studio_light.KEY_SUN
        sun_elevation = max(sun.elevation_degrees, view.elevation_degrees * 0.8)
        divisor = 2 if max(picture.size) > FINE_SHADOW_PX else 1
        darkness = self._shadow.render(
            sun_azimuth=math.radians(view.azimuth_degrees + sun.azimuth_degrees),
            sun_elevation=math.radians(sun_elevation),
            projection=self._project_ground(picture.width // divisor, picture.height // divisor),
        )
        if divisor > 1:
            coarse = Image.fromarray(darkness.astype(np.float32))
            darkness = np.asarray(coarse.resize(picture.size, Image.Resampling.BILINEAR))
        return Image.fromarray(cover_with_subject(np.asarray(picture), darkness), "RGBA")

    def _project_ground(self, width: int, height: int) -> Projection:
        """Return how a point of the ground lands in the picture."""
        to_camera = np.array(self._camera.matrix_world.inverted())
        ground = to_camera[:3, :] @ np.array([[1, 0, 0], [0, 1, 0], [0, 0, self._ground], [0, 0, 1]])
        focal = max(width, height) / 2 / math.tan(math.radians(FIELD_OF_VIEW_DEGREES) / 2)
        lens = np.array([[focal, 0, -width / 2], [0, -focal, -height / 2], [0, 0, -1]])
        return Projection(ground_to_pixel=lens @ ground, width=width, height=height)

    def _aim(self, view: View, *, aspect: float) -> None:
        """Turn the camera to the model and step back until every point is inside the margin."""
        rotation = Euler(
            (math.radians(90 - view.elevation_degrees), 0, math.radians(view.azimuth_degrees)), "XYZ"
        ).to_matrix()
        points = self._points @ np.array(rotation)
        half = math.tan(math.radians(FIELD_OF_VIEW_DEGREES) / 2) * (1 - 2 * MARGIN)
        half_width, half_height = half * min(1, aspect), half * min(1, 1 / aspect)
        position = _find_camera_position(points, half_width=half_width, half_height=half_height)
        self._camera.matrix_world = Matrix.Translation(rotation @ Vector(position)) @ rotation.to_4x4()


def smooth_edges(picture: Image.Image) -> Image.Image:
    """Smooth the outline of a picture whose colours were denoised, but whose alpha was not.

    Edge pixels take their colour from the solid ones beside them: their own was divided by a noisy alpha.
    """
    alpha = picture.getchannel("A")
    solid = picture.copy()
    solid.putalpha(alpha.point(lambda value: value if value >= SOLID_ALPHA else 0))
    spread = solid.convert("RGBa").filter(ImageFilter.GaussianBlur(1.6)).convert("RGBA")
    spread.paste(picture, mask=alpha.point(lambda value: 255 if value == 255 else 0))
    known = spread.getchannel("A").point(lambda value: 255 if value else 0)
    smoothed = Image.composite(spread, picture, known)
    smoothed.putalpha(alpha.filter(ImageFilter.GaussianBlur(0.75)))
    return smoothed


def render_poster(out_file: Path, *, size_px: int, workspace: Path | None = None) -> None:
    """Photograph the scene's model for its card: square, transparent, WebP."""
    picture = Studio().shoot(POSTER_VIEW, width=size_px, height=size_px, workspace=workspace or out_file.parent)
    picture.save(out_file, "WEBP", quality=POSTER_QUALITY, method=4)


def _find_camera_position(points: np.ndarray, *, half_width: float, half_height: float) -> tuple[float, float, float]:
    """Return where the camera must stand, in its own axes (it looks along -Z), to hold all points.

    A point is inside when |x - cx| <= half_width * (cz - z), and so for y: the tightest planes give cx and cy for
    each axis exactly, and the larger distance wins.
    """
    x, y, z = points.T
    distance_x, centre_x = _fit_axis(x, z, half_width)
    distance_y, centre_y = _fit_axis(y, z, half_height)
    return centre_x, centre_y, max(distance_x, distance_y)


def _fit_axis(along: np.ndarray, depth: np.ndarray, slope: float) -> tuple[float, float]:
    upper = float((along + slope * depth).max())
    lower = float((along - slope * depth).min())
    return (upper - lower) / (2 * slope), (upper + lower) / 2


def _remove_lights_and_cameras() -> None:
    for item in list(bpy.context.scene.objects):
        if item.type in {"LIGHT", "CAMERA", "LIGHT_PROBE", "SPEAKER"}:
            bpy.data.objects.remove(item)


def _put_on_stand() -> None:
    """Scale and move the whole scene, so that the model is centred and of one size."""
    box = measure_bounding_box()
    centre = [(low + high) / 2 for low, high in zip(box.min, box.max, strict=True)]
    scale = STAND_DIAGONAL / (box.diagonal or 1)
    roots = [item for item in bpy.context.scene.objects if item.parent is None]
    stand = bpy.data.objects.new("Stand", None)
    bpy.context.scene.collection.objects.link(stand)
    for root in roots:
        root.parent = stand
    # the box is in glTF's axes: (x, y, z) there is (x, -z, y) here
    stand.matrix_world = Matrix.Scale(scale, 4) @ Matrix.Translation((-centre[0], centre[2], -centre[1]))
    bpy.context.view_layer.update()


def _collect_points(items: list[bpy.types.Object]) -> np.ndarray:
    """Return the world positions of the visible vertices, thinned out evenly when there are many."""
    graph = bpy.context.evaluated_depsgraph_get()
    clouds = []
    for item in items:
        evaluated = item.evaluated_get(graph)
        mesh = evaluated.to_mesh()
        points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
        mesh.vertices.foreach_get("co", points)
        evaluated.to_mesh_clear()
        matrix = np.array(evaluated.matrix_world)
        clouds.append(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    cloud = np.concatenate(clouds).astype(np.float64)
    extremes = np.concatenate([cloud.argmin(axis=0), cloud.argmax(axis=0)])
    step = max(1, len(cloud) // MAX_FRAMING_POINTS)
    return np.concatenate([cloud[::step], cloud[extremes]])


def _add_camera() -> bpy.types.Object:
    data = bpy.data.cameras.new("Camera")
    data.sensor_fit = "AUTO"
    data.angle = math.radians(FIELD_OF_VIEW_DEGREES)
    data.clip_start, data.clip_end = 0.01, STAND_DIAGONAL * 100
    camera = bpy.data.objects.new("Camera", data)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return camera


def _choose_render_settings() -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_quality = "FAST"
    cycles.denoising_prefilter = "FAST"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.max_bounces = 2
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_light_tree = False
    cycles.transparent_max_bounces = 8
    cycles.use_auto_tile = False
    cycles.sample_clamp_indirect = 4
    cycles.sample_clamp_direct = 8
    scene.render.use_persistent_data = True
    scene.render.film_transparent = True
    scene.render.resolution_percentage = 100
    scene.render.use_compositing = scene.render.use_sequencer = False
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.compression = 15
    scene.view_settings.view_transform = "Khronos PBR Neutral"

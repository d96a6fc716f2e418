"""The parameter rules of the operations that this sandbox performs: defaults, what wins, and what is refused.

Source: Meshy's pages Retexture and Remesh with their Failure Modes, revisions as `profiles.py` names them.
"""

from dataclasses import dataclass, field
from typing import Any

from sandbox.meshy.answers import ApiError, invalid
from sandbox.meshy.fields import Fields, Written
from sandbox.meshy.profiles import Profile

PROMPT_LIMIT_CHARACTERS = 600
MULTIVIEW_LIMIT = 4
NO_STYLE = "Either text_style_prompt, image_style_url or multiview_image_urls must be provided"
NO_STYLE_SEED = "Either text_style_prompt or image_style_url must be provided"
NO_SOURCE = "Either input_task_id or model_url must be provided"
TWO_STYLES = "multiview_image_urls cannot be combined with text_style_prompt or image_style_url"
NO_MULTIVIEW = "multiview_image_urls requires ai_model meshy-7"

FORMATS = ("glb", "obj", "fbx", "stl", "usdz", "3mf")
RESOLUTIONS = {"2k": 2048, "4k": 4096, "8k": 8192}
ART_STYLES = ("realistic", "cartoon")
ID_LIMIT_CHARACTERS = 200


@dataclass
class Wish:
    """What a checked request asks for. `input_task_id` wins over `model`; `pictures` win over the prompt."""

    params: dict[str, Any]
    echo: dict[str, Any] = field(default_factory=dict)
    input_task_id: str = ""
    model: Written | None = None
    pictures: list[Written] = field(default_factory=list)


def check_retexture(fields: Fields, profile: Profile) -> Wish:
    """:raises ApiError: 400, for everything that the vendor refuses before it looks at files"""
    ai_model = read_model(fields, profile)
    wish = _read_source(fields)
    _read_style(fields, profile, wish=wish, ai_model=ai_model)
    wish.params |= {
        "ai_model": ai_model,
        "keep_uvs": fields.flag("enable_original_uv", profile.keeps_uvs_by_default),
        **(_read_options(fields, profile, ai_model) if profile.can_choose else _fix_options(profile)),
    }
    if not profile.can_choose:
        wish.echo["art_style"] = fields.choice("art_style", "realistic", among=ART_STYLES)
    return wish


def read_model(fields: Fields, profile: Profile) -> str:
    ai_model = fields.text("ai_model", limit=100) or profile.default_model
    if ai_model in profile.retired_models:
        raise invalid(f"ai_model {ai_model} is no longer available")
    if ai_model not in profile.models:
        raise invalid(f"Invalid ai_model: {ai_model[:60]}. It must be one of {', '.join(sorted(profile.models))}")
    return ai_model


def _read_source(fields: Fields) -> Wish:
    wish = Wish(params={}, input_task_id=fields.text("input_task_id", limit=ID_LIMIT_CHARACTERS))
    wish.model = fields.file("model_url")
    if not wish.input_task_id and wish.model is None:
        raise invalid(NO_SOURCE)
    return wish


def _read_style(fields: Fields, profile: Profile, *, wish: Wish, ai_model: str) -> None:
    prompt = fields.text("text_style_prompt", limit=PROMPT_LIMIT_CHARACTERS)
    image = fields.file("image_style_url")
    views = fields.files("multiview_image_urls", most=MULTIVIEW_LIMIT) if profile.can_choose else []
    if views and (prompt or image is not None):
        raise invalid(TWO_STYLES)
    if views and not (fields.has("ai_model") and ai_model in profile.multiview_models):
        raise invalid(NO_MULTIVIEW)
    if not (views or prompt or image is not None):
        raise invalid(NO_STYLE if profile.can_choose else NO_STYLE_SEED)
    if ai_model in profile.picture_models and not views and image is None:
        raise invalid(f"ai_model {ai_model} requires image_style_url or multiview_image_urls")
    wish.pictures = views or ([] if image is None else [image])
    wish.params = {"prompt": "" if wish.pictures else prompt, "is_multiview": bool(views)}
    wish.echo = {"text_style_prompt": prompt}


def _read_options(fields: Fields, profile: Profile, ai_model: str) -> dict[str, Any]:
    is_sharp = fields.flag("hd_texture", False)
    resolution = fields.choice("texture_resolution", "4k" if is_sharp else "2k", among=RESOLUTIONS)
    if resolution != "2k" and ai_model not in profile.sharp_models:
        raise invalid(f"texture_resolution {resolution} is not supported by ai_model {ai_model}")
    if fields.has("remove_lighting") and ai_model == "meshy-5":
        raise invalid("remove_lighting is not supported by ai_model meshy-5")
    fields.flag("remove_lighting", True)
    return {
        "pbr": fields.flag("enable_pbr", False) and ai_model not in profile.picture_models,
        "resolution": resolution,
        "formats": fields.choices("target_formats", profile.formats_by_default, among=FORMATS),
        "alpha_thumbnail": fields.flag("alpha_thumbnail", False),
    }


def _fix_options(profile: Profile) -> dict[str, Any]:
    formats = list(profile.formats_by_default)
    return {"pbr": False, "resolution": "2k", "formats": formats, "alpha_thumbnail": False}


REMESH_FORMATS = ("glb", "fbx", "obj", "usdz", "stl", "3mf")
TOPOLOGIES = ("triangle", "quad")
# Polygons for decimation_mode 1 (adaptive, ultra) to 4 (adaptive, low). Invented: no page gives numbers.
DECIMATION_FACES = {1: 100_000, 2: 50_000, 3: 20_000, 4: 8_000}
LEAST_FACES, MOST_FACES, DEFAULT_FACES = 100, 300_000, 30_000


def check_remesh(fields: Fields, _profile: Profile) -> Wish:
    """:raises ApiError: 400"""
    wish = _read_source(fields)
    faces = fields.integer("target_polycount", DEFAULT_FACES, low=LEAST_FACES, high=MOST_FACES)
    if fields.has("decimation_mode"):
        faces = DECIMATION_FACES[fields.integer("decimation_mode", 1, low=1, high=4)]
    if "blend" in fields.choices("target_formats", ("glb",), among=(*REMESH_FORMATS, "blend")):
        raise ApiError(403, "This sandbox writes no .blend files.")
    wish.params |= {
        "faces": faces,
        "topology": fields.choice("topology", "triangle", among=TOPOLOGIES),
        "formats": fields.choices("target_formats", ("glb",), among=REMESH_FORMATS),
        "alpha_thumbnail": fields.flag("alpha_thumbnail", False),
    }
    return wish

"""The two ages of Meshy's Retexture page that this sandbox speaks: `seed` (autumn 2025) and `current` (August 2026)."""

from dataclasses import dataclass

HEADER = "x-sandbox-profile"


@dataclass(frozen=True)
class Profile:
    """What differs between the ages, as data.

    `formats_by_default` are made when none are asked for; `can_choose` tells whether `target_formats` and the newer
    options are read at all; `sharp_models` may have 4k and 8k textures; `picture_models` take pictures alone.
    """

    name: str
    models: frozenset[str]
    default_model: str
    keeps_uvs_by_default: bool
    suffixes: tuple[str, ...]
    formats_by_default: tuple[str, ...]
    can_choose: bool
    retired_models: frozenset[str] = frozenset()
    sharp_models: frozenset[str] = frozenset()
    multiview_models: frozenset[str] = frozenset()
    picture_models: frozenset[str] = frozenset()


SEED = Profile(
    name="seed",
    models=frozenset({"meshy-4", "meshy-5"}),
    default_model="meshy-5",
    keeps_uvs_by_default=True,
    suffixes=("glb",),
    formats_by_default=("glb", "fbx", "usdz"),
    can_choose=False,
)
CURRENT = Profile(
    name="current",
    # The last two appear in the vendor's own tools of autumn 2026, not in its pages.
    models=frozenset({"meshy-5", "meshy-6", "meshy-7", "latest", "meshy-6-lite", "meshy-n1"}),
    default_model="latest",
    keeps_uvs_by_default=False,
    suffixes=("glb", "gltf", "obj", "fbx", "stl"),
    formats_by_default=("glb", "obj", "fbx", "stl", "usdz"),
    can_choose=True,
    retired_models=frozenset({"meshy-4"}),
    sharp_models=frozenset({"meshy-6", "meshy-7", "latest"}),
    # `latest` is meshy-7, yet production refuses it here (the vendor's command line tool records it).
    multiview_models=frozenset({"meshy-7", "meshy-n1"}),
    picture_models=frozenset({"meshy-n1"}),
)
PROFILES = {profile.name: profile for profile in (SEED, CURRENT)}

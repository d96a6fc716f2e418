"""The verbs of the engine: which module does each, which options it knows, and how heavy it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """One verb. Its module is imported only when it is asked for, and offers `run(job) -> dict`."""

    module: str
    options: tuple[str, ...] = ()
    needs_file: bool = True
    timeout_s: float = 120
    is_heavy: bool = False
    """Whether a small file, too, needs the machine's heavy slot."""
    most_images: int = 0
    """How many pictures may come in beside the file (`--image`, repeated)."""


VERBS: dict[str, Verb] = {
    "inspect": Verb("engine.inspect_model", timeout_s=120),
    "preview": Verb("engine.preview", ("poster_px", "light_over_bytes"), timeout_s=300),
    "convert": Verb("engine.convert", ("target_format",), timeout_s=300),
    "remesh": Verb(
        "engine.remesh",
        ("target_faces", "face_type", "texture_size", "export_format"),
        timeout_s=900,
        is_heavy=True,
    ),
    "texture": Verb(
        "engine.texture",
        ("prompt", "texture_size", "seed", "pbr", "keep_uvs", "face_limit"),
        timeout_s=1800,
        is_heavy=True,
        most_images=4,
    ),
    "render": Verb(
        "engine.render", ("angles", "width", "height", "format", "rgb", "white", "clear"), timeout_s=1200, is_heavy=True
    ),
    "picture": Verb(
        "engine.picture",
        ("prompt", "seed", "width", "height", "format"),
        needs_file=False,
        timeout_s=600,
        is_heavy=True,
    ),
    "sample": Verb("engine.samples", ("name",), needs_file=False, timeout_s=120),
}

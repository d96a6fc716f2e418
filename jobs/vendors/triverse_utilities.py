"""Triverse: remesh, convert and render a model that is there. Facts: its page Utilities, read on 2026-11-21."""

from django import forms
from django.core.validators import RegexValidator

from jobs.fields import ListField, OpenChoiceField, PictureChoiceField, ScaleField, WholeChoiceField
from jobs.operations import CountOf, Endpoint, FormatOf, Operation, OrderId, Output, WhenGiven
from jobs.rules import AtLeastOne, CountsItems, Differs, Forbids
from jobs.vendors.triverse_fields import FETCH, FOLLOW, READ_ON, SHARED_FIELDS, model_field

UTILITIES_URL = "https://docs.triverse.ai/api-endpoints/utilities"

ANGLES = (
    ("front", "Front"),
    ("back", "Back"),
    ("left", "Left"),
    ("right", "Right"),
    ("top", "Top"),
    ("bottom", "Bottom"),
    ("three-quarter", "Three-quarter"),
)
FORMATS = (
    ("glb", "GLB"),
    ("fbx", "FBX"),
    ("obj", "OBJ"),
    ("gltf", "glTF"),
    ("usdz", "USDZ"),
    ("stl", "STL"),
    ("ply", "PLY"),
)

REMESH = Operation(
    key="triverse.model-remesh",
    vendor="triverse",
    label="Remesh",
    verb="Remesh",
    icon="grid",
    summary="Rebuild the mesh with clean topology at a face count of your choice.",
    endpoints=(Endpoint("POST", "/tasks/model-remesh", "create the task"), FOLLOW, FETCH),
    fields={
        "model_file": model_field(),
        "face_type": PictureChoiceField(
            label="Faces",
            choices=[("quad", "Quads"), ("triangle", "Triangles")],
            pictures={"quad": "faces-quad", "triangle": "faces-triangle"},
            required=False,
            initial="quad",
            help_text="Quads are good to edit and animate; triangles are ready for a game engine.",
        ),
        "target_face_count": ScaleField(
            label="Target faces",
            min_value=1_000,
            max_value=5_000_000,
            marks=[(5_000, "mobile"), (20_000, "game prop"), (100_000, "hero")],
            required=False,
            help_text="Leave it empty for Triverse's own choice.",
        ),
        "export_format": forms.ChoiceField(
            label="Format",
            choices=[("", "Follows the faces"), ("fbx", "FBX"), ("glb", "GLB")],
            required=False,
            help_text="Quads come as FBX, triangles as GLB unless you say otherwise.",
        ),
        "texture_size": WholeChoiceField(
            label="Texture size",
            values=[1024, 2048, 4096],
            labels=["1K", "2K", "4K"],
            required=False,
            help_text="Carry the base color over to the new mesh. Leave it empty for no texture.",
        ),
        **SHARED_FIELDS,
    },
    rules=(
        Forbids(
            field="face_type",
            value="quad",
            other="export_format",
            refused=("glb",),
            reason="GLB stores triangles only. Choose FBX, or triangles.",
        ),
    ),
    automatic={"client_order_id": OrderId()},
    advanced=frozenset({"allow_duplicate"}),
    outputs=(Output("model", "FBX or GLB"),),
    docs_url=UTILITIES_URL,
    checked_on=READ_ON,
)

CONVERT = Operation(
    key="triverse.convert-model-format",
    vendor="triverse",
    label="Convert",
    verb="Convert",
    icon="transform",
    summary="Save the model in another file format.",
    endpoints=(Endpoint("POST", "/tasks/convert-model-format", "create the task"), FOLLOW, FETCH),
    fields={
        "model_file": model_field(),
        "target_format": OpenChoiceField(
            label="Target format",
            choices=FORMATS,
            validators=[RegexValidator(r"^[a-z0-9]{2,8}$", "Write a file ending in small letters, such as fbx.")],
            help_text="GLB and FBX keep the most; STL keeps the shape alone.",
        ),
        "source_format": forms.CharField(label="Source format", max_length=8, help_text="Read from the file."),
        **SHARED_FIELDS,
    },
    rules=(Differs("source_format", "target_format", "The model has this format already."),),
    automatic={"source_format": FormatOf("model_file"), "client_order_id": OrderId()},
    advanced=frozenset({"allow_duplicate"}),
    outputs=(Output("model", "in the target format"),),
    docs_url=UTILITIES_URL,
    checked_on=READ_ON,
)

RENDER = Operation(
    key="triverse.model-preview-render",
    vendor="triverse",
    label="Preview render",
    verb="Render views",
    icon="camera",
    summary="Render pictures of the model from chosen angles.",
    endpoints=(Endpoint("POST", "/tasks/model-preview-render", "create the task"), FOLLOW, FETCH),
    fields={
        "model_file": model_field(),
        "camera_angles": ListField(
            label="Angles",
            choices=ANGLES,
            max_items=10,
            required=False,
            help_text="Left and right are the subject's own.",
        ),
        "resolution": OpenChoiceField(
            label="Resolution",
            choices=[(size, size.replace("x", " × ")) for size in ("1024x1024", "2048x2048", "1920x1080", "4096x4096")],
            required=False,
            initial="2048x2048",
            validators=[
                RegexValidator(r"^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$", "Write width x height in pixels: 1920x1080.")
            ],
        ),
        "render_format": OpenChoiceField(
            label="Picture format", choices=[("PNG", "PNG"), ("JPEG", "JPEG")], required=False, initial="PNG"
        ),
        "enable_rgb_render": forms.BooleanField(
            label="RGB render", required=False, initial=True, help_text="In color, in studio light."
        ),
        "enable_white_render": forms.BooleanField(
            label="White background", required=False, initial=True, help_text="The same views on plain white."
        ),
        "render_mode": forms.ChoiceField(
            label="Render mode",
            choices=[
                ("basic", "Basic"),
                ("multi_angle", "Multi-angle"),
                ("custom", "Custom"),
                ("preset", "Preset"),
            ],
            required=False,
            initial="basic",
        ),
        "image_count": forms.IntegerField(
            label="Pictures per style", min_value=1, max_value=10, required=False, initial=3
        ),
        "preset_name": OpenChoiceField(
            label="Preset",
            choices=[("studio-soft", "studio-soft")],
            required=False,
            help_text="For the preset mode.",
        ),
        **SHARED_FIELDS,
    },
    rules=(
        AtLeastOne(("enable_rgb_render", "enable_white_render"), "Choose RGB render, white background, or both."),
        CountsItems("image_count", "camera_angles", "Ask for as many pictures as angles, or leave the number empty."),
    ),
    automatic={
        "render_mode": WhenGiven("camera_angles", "multi_angle"),
        "image_count": CountOf("camera_angles"),
        "client_order_id": OrderId(),
    },
    advanced=frozenset({"render_mode", "image_count", "preset_name", "allow_duplicate"}),
    outputs=(Output("render", "one picture per angle and style"),),
    docs_url=UTILITIES_URL,
    checked_on=READ_ON,
)

OPERATIONS = (REMESH, CONVERT, RENDER)

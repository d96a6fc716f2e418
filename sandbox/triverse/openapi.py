"""What this sandbox takes and answers as Triverse, as OpenAPI: for readers, and for a test that sends anything at all.

It describes the sandbox. The vendor publishes no such document.
"""

from typing import Any

from sandbox.triverse import validation, validation_ai
from sandbox.triverse.answer_schemas import SCHEMAS
from sandbox.triverse.errors import TABLE
from sandbox.triverse.flows import OTHER_FLOWS
from sandbox.triverse.uploads import MODEL_VARIANTS

Schema = dict[str, Any]

JSON = "application/json"
ANY_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
DIALECT = {"$ref": "#/components/parameters/Dialect"}
TASK = {"name": "task_uuid", "in": "path", "required": True, "schema": {"type": "string"}}
REFUSALS = {
    str(status): {"$ref": "#/components/responses/Refusal"}
    for status in sorted({status for status, _ in TABLE.values()} | {405})
}


def text(**more: Any) -> Schema:
    return {"type": "string", "minLength": 1, **more}


def whole(limits: tuple[int, int], default: int) -> Schema:
    return {"type": "integer", "minimum": limits[0], "maximum": limits[1], "default": default}


def one_of(values: tuple[Any, ...], **more: Any) -> Schema:
    return {"enum": list(values), **more}


MODEL = text(description="A file_key of an upload, or a URL.", **{"x-file": "model"})
IMAGE = text(description="A file_key of an upload, or a URL.", **{"x-file": "image"})
MODEL_URL = text(description="A URL; a file_key is refused.", format="uri", **{"x-file": "model-url"})
SHARED: Schema = {
    "client_order_id": text(pattern="^[A-Za-z0-9_-]{1,64}$"),
    "allow_duplicate": {"type": "boolean", "default": False},
}
TEXTURE: Schema = {
    "model_version": one_of(validation_ai.MODEL_VERSIONS, default="v2"),
    "texture_size": whole(validation_ai.TEXTURE_SIZES, 1024),
    "polygon_limit": whole(validation_ai.OLD_POLYGON_LIMITS, 1_000_000),
}
MODEL_FORMAT = one_of(validation.MODEL_FORMATS)
SWITCH = {"type": "boolean", "default": True}

# By flow: the properties that are required, and the others.
FLOW_FIELDS: dict[str, tuple[Schema, Schema]] = {
    "texture-model": ({"image_file": IMAGE, "model_file": MODEL}, TEXTURE),
    "text-to-texture": (
        {"text_prompt": text(maxLength=validation_ai.LONGEST_PROMPT), "model_url": MODEL_URL},
        TEXTURE,
    ),
    "model-preview-render": (
        {"model_file": MODEL},
        {
            "render_mode": one_of(validation.RENDER_MODES, default="basic"),
            "image_count": whole(validation.IMAGE_COUNTS, 3),
            "resolution": text(pattern=f"^{validation.RESOLUTION.pattern}$", default="2048x2048"),
            "render_format": one_of(("PNG", "JPEG"), default="PNG"),
            "enable_rgb_render": SWITCH,
            "enable_white_render": SWITCH,
            "camera_angles": {"type": "array", "items": one_of(validation.ANGLES)},
            "preset_name": {"type": "string"},
        },
    ),
    "model-remesh": (
        {"model_file": MODEL},
        {
            "target_face_count": whole(validation.TARGET_FACE_COUNTS, validation.DEFAULT_FACE_COUNT),
            "face_type": one_of(validation.FACE_TYPES, default="quad"),
            "texture_size": one_of(validation.REMESH_TEXTURE_SIZES),
            "export_format": one_of(validation.EXPORT_FORMATS),
        },
    ),
    "convert-model-format": ({"model_file": MODEL, "source_format": MODEL_FORMAT, "target_format": MODEL_FORMAT}, {}),
    "image-generation": (
        {"prompt": text(minLength=validation_ai.SHORTEST_PROMPT, maxLength=validation_ai.LONGEST_PROMPT)},
        {
            "ai_model": one_of(validation_ai.IMAGE_MODELS, default="seedream_4_5"),
            "image_count": whole(validation_ai.IMAGE_COUNTS, 4),
        },
    ),
    "prompt-optimize": ({"user_input": text(maxLength=validation_ai.LONGEST_USER_INPUT)}, {}),
    **{flow: ({}, {}) for flow in OTHER_FLOWS},
}


def take(required: Schema, optional: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


VARIANT = {"name": "modelVariant", "in": "query", "schema": one_of(MODEL_VARIANTS)}
SIGN_UPLOAD = take({"filename": text(examples=["chair.glb", "style.png"])}, {"content_type": {"type": "string"}})
SIGN_GET = take({"file_key": text(**{"x-file": "key"})}, {"filename": {"type": "string"}})
QUOTE = take(
    {},
    {
        "flow_name": text(examples=list(FLOW_FIELDS)),
        "flowName": text(examples=list(FLOW_FIELDS)),
        "params": take({}, {**TEXTURE, "image_count": whole(validation.IMAGE_COUNTS, 3)}),
        "surface": {"type": "string"},
    },
)


def build_document() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Patina sandbox", "version": "1", "description": __doc__},
        "security": [{"key": []}],
        "paths": {f"/api/v1{path}": methods for path, methods in _build_paths().items()},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "parameters": {
                "Dialect": {"name": "X-Sandbox-Dialect", "in": "header", "schema": one_of(("new", "old", "sparse"))}
            },
            "responses": {"Refusal": _answer({"$ref": "#/components/schemas/Refusal"}, "Refused.")},
            "schemas": SCHEMAS,
        },
    }


def _build_paths() -> Schema:
    return {
        **{f"/tasks/{flow}": {"post": _build_create(flow)} for flow in FLOW_FIELDS},
        "/tasks/pricing/quote": {"post": _operation("Quote", body=QUOTE)},
        "/tasks/{task_uuid}": {"get": _operation("Status", parameters=[TASK, DIALECT])},
        "/tasks/url/{task_uuid}": {"get": _operation("Download", parameters=[TASK, DIALECT])},
        "/tasks/download/{task_uuid}": {"get": _operation(None, parameters=[TASK, DIALECT])},
        "/upload/image": {"post": _operation("Upload", upload=True)},
        "/upload/model": {"post": _operation("Upload", upload=True, parameters=[VARIANT])},
        "/upload/presigned-upload-url": {"post": _operation("SignedUpload", body=SIGN_UPLOAD)},
        "/upload/presigned-get-url": {"post": _operation("SignedGet", body=SIGN_GET)},
        "/users/me": {"get": _operation("Me")},
        "/users/balance": {"get": _operation("Balance")},
    }


def _build_create(flow: str) -> Schema:
    required, optional = FLOW_FIELDS[flow]
    return _operation("Creation", body=take(required, {**optional, **SHARED}), parameters=[DIALECT])


def _operation(
    answer: str | None, *, body: Schema | None = None, upload: bool = False, parameters: list[Schema] | None = None
) -> Schema:
    """`answer` names the schema of the envelope's data; None stands for the bytes of a file."""
    told = (
        _answer({"allOf": [{"$ref": "#/components/schemas/Success"}, _hold(answer)]}, "Done.")
        if answer
        else {"description": "The file.", "content": ANY_BYTES}
    )
    operation: Schema = {"parameters": parameters or [], "responses": {"200": told, **REFUSALS}}
    if body:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    if upload:
        file = take({"file": {"type": "string", "format": "binary"}}, {})
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": file}}}
    return operation


def _hold(name: str) -> Schema:
    return {"properties": {"data": {"$ref": f"#/components/schemas/{name}"}}}


def _answer(schema: Schema, description: str) -> Schema:
    return {"description": description, "content": {JSON: {"schema": schema}}}

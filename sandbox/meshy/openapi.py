"""What this sandbox takes and answers as Meshy, as OpenAPI. It describes the sandbox; the vendor publishes none."""

from typing import Any

from sandbox.meshy import validation
from sandbox.meshy.families import FAMILIES, REMESH, RETEXTURE, Family
from sandbox.meshy.profiles import PROFILES
from sandbox.meshy.shapes import ERRORS, OTHER_ERROR, STATUSES
from sandbox.meshy.tasks import LARGEST_PAGE, LAST_PAGE, PAGE_SIZE, UNKNOWN_STATUS

Schema = dict[str, Any]

JSON, EVENTS = "application/json", "text/event-stream"
TASK = {"name": "task_id", "in": "path", "required": True, "schema": {"type": "string"}}
PROFILE = {"$ref": "#/components/parameters/Profile"}
REFUSED = (400, 401, 402, 403, 404, 405, 422, 429, 500, 503)
REFUSALS = {str(status): {"$ref": "#/components/responses/MeshyRefusal"} for status in REFUSED}

MODEL = {"type": "string", "description": "A public URL or a data URI.", "x-file": "meshy-model"}
PICTURE = {"type": "string", "description": "A public URL or a data URI of a JPEG or PNG.", "x-file": "meshy-picture"}
EARLIER = {"type": "string", "description": "A SUCCEEDED task of a fit family.", "x-file": "meshy-task"}
ADDRESS = {"type": "string", "pattern": "^https?://"}
NO_ADDRESS = {"type": "string", "pattern": "^(https?://.*)?$"}
WHOLE = {"type": "integer", "minimum": 0}
SWITCH = {"type": "boolean"}
MODELS = sorted({model for profile in PROFILES.values() for model in profile.models | profile.retired_models})


def _one_of(values: Any) -> Schema:
    return {"enum": list(values)}


def _list_of(values: Any) -> Schema:
    return {"type": "array", "items": _one_of(values)}


SOURCE: Schema = {"model_url": MODEL, "input_task_id": EARLIER}
PARAMETERS: dict[str, Schema] = {
    RETEXTURE.type: {
        **SOURCE,
        "text_style_prompt": {"type": "string", "maxLength": validation.PROMPT_LIMIT_CHARACTERS},
        "image_style_url": PICTURE,
        "multiview_image_urls": {"type": "array", "items": PICTURE, "maxItems": validation.MULTIVIEW_LIMIT},
        "ai_model": _one_of(MODELS),
        "enable_original_uv": SWITCH,
        "art_style": _one_of(validation.ART_STYLES),
        "enable_pbr": SWITCH,
        "hd_texture": SWITCH,
        "texture_resolution": _one_of(validation.RESOLUTIONS),
        "remove_lighting": SWITCH,
        "target_formats": _list_of(validation.FORMATS),
        "alpha_thumbnail": SWITCH,
    },
    REMESH.type: {
        **SOURCE,
        "target_formats": _list_of(validation.REMESH_FORMATS),
        "topology": _one_of(validation.TOPOLOGIES),
        "target_polycount": {"type": "integer", "minimum": validation.LEAST_FACES, "maximum": validation.MOST_FACES},
        "decimation_mode": {"type": "integer", "minimum": 1, "maximum": len(validation.DECIMATION_FACES)},
        "alpha_thumbnail": SWITCH,
    },
}
TASK_ERROR: Schema = {
    "type": "object",
    "properties": {
        "message": {"type": "string"},
        "type": _one_of(sorted({kind for kind, _ in [*ERRORS.values(), OTHER_ERROR]})),
        "code": _one_of(sorted({code for _, code in ERRORS.values() if code})),
        "doc_url": ADDRESS,
    },
    "required": ["message"],
    "additionalProperties": False,
}
MOMENTS = ("created_at", "started_at", "finished_at", "expires_at")
ADDRESSES: Schema = {"type": "object", "additionalProperties": ADDRESS}
SHOWN: Schema = {
    "id": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$"},
    "status": _one_of([*dict.fromkeys(STATUSES.values()), UNKNOWN_STATUS]),
    "progress": {"type": "integer", "minimum": 0, "maximum": 100},
    "model_urls": ADDRESSES,
    "thumbnail_url": NO_ADDRESS,
    "texture_urls": {"type": "array", "items": ADDRESSES, "maxItems": 1},
    "preceding_tasks": WHOLE,
    "task_error": TASK_ERROR,
    **dict.fromkeys(MOMENTS, WHOLE),
}
NOT_ALWAYS_SHOWN: Schema = {
    "type": _one_of(FAMILIES),
    "alpha_thumbnail_url": ADDRESS,
    "text_style_prompt": {"type": "string"},
    "image_style_url": NO_ADDRESS,
    "multiview_image_urls": {"type": "array", "items": ADDRESS},
    "art_style": _one_of(validation.ART_STYLES),
    "consumed_credits": WHOLE,
}
SCHEMAS: Schema = {
    "MeshyTask": {
        "type": "object",
        "properties": {**SHOWN, **NOT_ALWAYS_SHOWN},
        "required": list(SHOWN),
        "additionalProperties": False,
    },
    "MeshyTasks": {"type": "array", "items": {"$ref": "#/components/schemas/MeshyTask"}, "maxItems": LARGEST_PAGE},
    "MeshyCreation": {
        "type": "object",
        "properties": {"result": SHOWN["id"]},
        "required": ["result"],
        "additionalProperties": False,
    },
    "MeshyBalance": {
        "type": "object",
        "properties": {"balance": WHOLE},
        "required": ["balance"],
        "additionalProperties": False,
    },
    "MeshyRefusal": {
        "type": "object",
        "properties": {"message": {"type": "string", "minLength": 1}},
        "required": ["message"],
        "additionalProperties": False,
    },
}
PAGING = [
    {"name": "page_num", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}},
    {
        "name": "page_size",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE},
    },
    {"name": "sort_by", "in": "query", "schema": _one_of(("-created_at", "+created_at"))},
]


def build_document() -> Schema:
    paths: Schema = {"/openapi/v1/balance": {"get": _operation("MeshyBalance")}}
    for family in FAMILIES.values():
        paths |= _build_family(family)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Patina sandbox", "version": "1", "description": __doc__},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "parameters": {"Profile": {"name": "X-Sandbox-Profile", "in": "header", "schema": _one_of(PROFILES)}},
            "responses": {"MeshyRefusal": _answer("MeshyRefusal", "Refused.")},
            "schemas": SCHEMAS,
        },
    }


def _build_family(family: Family) -> Schema:
    path = f"/openapi{family.path}"
    body = {"type": "object", "properties": PARAMETERS[family.type]}
    return {
        path: {"get": _operation("MeshyTasks", parameters=PAGING), "post": _operation("MeshyCreation", body=body)},
        f"{path}/{{task_id}}": {
            "get": _operation("MeshyTask", parameters=[TASK]),
            "delete": _operation(None, parameters=[TASK]),
        },
        f"{path}/{{task_id}}/stream": {"get": _operation("MeshyTask", parameters=[TASK], media_type=EVENTS)},
    }


def _operation(
    answer: str | None, *, parameters: list[Schema] | None = None, body: Schema | None = None, media_type: str = JSON
) -> Schema:
    """`answer` names the schema of what is answered; None stands for an answer without a body."""
    told = _answer(answer, "Done.", media_type) if answer else {"description": "Gone for good.", "content": {"": {}}}
    operation: Schema = {
        "parameters": [*(parameters or []), PROFILE],
        "responses": {"202" if body else "200": told, **REFUSALS},
    }
    if body:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    return operation


def _answer(name: str, description: str, media_type: str = JSON) -> Schema:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": description, "content": {media_type: {"schema": schema}}}

"""The shapes of Triverse's answers, in the words of the newer and of the older pages, as JSON Schema."""

from typing import Any

from sandbox.triverse.errors import TABLE

Schema = dict[str, Any]

TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "number", "minimum": 0}
WHOLE = {"type": "integer", "minimum": 0}
SWITCH = {"type": "boolean"}
OBJECT = {"type": "object"}
UUID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}
ADDRESS = {"type": "string", "pattern": "^https?://"}
ADDRESSES = {"type": "array", "items": ADDRESS}
NEW_STATUS = {"enum": ["PENDING", "QUEUED", "RUNNING", "SUCCESS", "FAILED", "CANCELLED"]}
OLD_STATUS = {"enum": ["PENDING", "RUNNING", "SUCCESS", "FAILED", "CANCELLED"]}
STAGE = {"enum": ["COMPLETED", "IN_PROGRESS"]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _closed(**properties: Schema) -> Schema:
    """An object with exactly these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _open(**properties: Schema) -> Schema:
    """An object with any of these, and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


OUTPUT = _open(
    model_url=ADDRESS,
    texture_urls={"type": "object", "additionalProperties": ADDRESS},
    preview_url=ADDRESS,
    rendered_images=_open(rgb=ADDRESSES, white=ADDRESSES),
    image_urls=ADDRESSES,
    optimized_prompt=TEXT,
    notes={"type": "array", "items": TEXT},
    geometry_job_status=STAGE,
    texture_job_status=STAGE,
)
QUEUE = _closed(is_queued=SWITCH, position=_or_null(WHOLE), estimated_wait_seconds=_or_null(WHOLE))
REFUSAL = {
    "type": "object",
    "properties": {"code": {"enum": list(TABLE)}, "message": TEXT, "suggestion": TEXT},
    "required": ["code", "message"],
    "additionalProperties": False,
}

NEW_CREATION = _closed(
    task_uuid=UUID,
    flow_name=TEXT,
    status=NEW_STATUS,
    created_at=MOMENT,
    cost_credits=WHOLE,
    queue=QUEUE,
    read_after_write_deadline_seconds=_or_null(WHOLE),
    read_after_write_header=_or_null(TEXT),
)
OLD_CREATION = _closed(
    task_uuid=UUID,
    name=TEXT,
    created_at=MOMENT,
    is_public=SWITCH,
    task_priority={"type": "integer"},
    status={"const": "PENDING"},
    flow_name=TEXT,
    input=OBJECT,
    costCredits=WHOLE,
)
NEW_TASK = _closed(
    task_uuid=UUID,
    flow_name=TEXT,
    status=NEW_STATUS,
    progress={"type": "integer", "minimum": 0, "maximum": 100},
    created_at=MOMENT,
    started_at=_or_null(MOMENT),
    completed_at=_or_null(MOMENT),
    input=OBJECT,
    output=_or_null(OUTPUT),
    error=_or_null(REFUSAL),
    queue=QUEUE,
)
OLD_TASK = _closed(taskId=UUID, status=OLD_STATUS, input=OBJECT, output=_or_null(OUTPUT))

SCHEMAS: dict[str, Schema] = {
    "Success": _closed(code={"const": 0}, message={"const": "success"}, data=OBJECT),
    "Refusal": REFUSAL,
    "Creation": {"oneOf": [NEW_CREATION, OLD_CREATION]},
    "Status": {"oneOf": [NEW_TASK, OLD_TASK]},
    "Download": {
        "type": "object",
        "properties": {
            "download_url": ADDRESS,
            "preview_url": ADDRESS,
            "asset_id": UUID,
            "kind": {"enum": ["model", "image"]},
        },
        "required": ["download_url", "kind"],
        "additionalProperties": False,
    },
    "Quote": _closed(flow_name=TEXT, params=OBJECT, cost_credits=WHOLE, available_credits=WHOLE),
    "Upload": _closed(file_key=TEXT),
    "SignedUpload": _closed(upload_url=ADDRESS, file_key=TEXT, headers=OBJECT, expires_at=MOMENT),
    "SignedGet": _closed(download_url=ADDRESS, url=ADDRESS, expires_at=MOMENT),
    "Me": _closed(
        id=UUID,
        email=TEXT,
        web_credits_balance=NUMBER,
        api_credits_balance=NUMBER,
        plan_name=_or_null(TEXT),
    ),
    "Balance": _closed(balance=NUMBER, frozen=NUMBER),
}

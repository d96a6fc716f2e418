"""What may be uploaded, said once for the drop zone's words and for the script's check before the transfer."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from jobs.formats import IMAGE_FORMATS, IMAGE_SUFFIXES, MODEL_FORMATS, MODEL_SUFFIXES, TAKEN


def get_upload_rules() -> dict[str, Any]:
    return {
        "model_formats": MODEL_FORMATS,
        "image_formats": IMAGE_FORMATS,
        "model_max_bytes": settings.MODEL_MAX_BYTES,
        "image_max_bytes": settings.IMAGE_MAX_BYTES,
        "accept": ",".join(sorted(f".{suffix}" for suffix in MODEL_SUFFIXES | IMAGE_SUFFIXES)),
        "script": {
            "taken": TAKEN,
            "kinds": [
                {"suffixes": sorted(MODEL_SUFFIXES), "maxBytes": settings.MODEL_MAX_BYTES},
                {"suffixes": sorted(IMAGE_SUFFIXES), "maxBytes": settings.IMAGE_MAX_BYTES},
            ],
        },
    }

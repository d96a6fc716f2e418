"""Tells what a file is from its first bytes, where its name says nothing or is not believed."""

HEAD_BYTES = 32
STARTS = (
    (b"glTF", "glb"),
    (b"Kaydara FBX Binary", "fbx"),
    (b"PK\x03\x04", "zip"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
)


def sniff(head: bytes) -> str:
    """The extension that fits the bytes, without its dot; empty when none is known."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((suffix for start, suffix in STARTS if head.startswith(start)), "")

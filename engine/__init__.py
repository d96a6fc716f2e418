"""Blender at work in a process of its own: `python -m engine VERB`. Others come in through `engine.client`."""

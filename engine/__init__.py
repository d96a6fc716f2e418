"""Blender at work, in a process of its own: `python -m engine VERB`. Others call `engine.client`."""

"""x"""


def robot() -> None:
    from engine import samples_shapes as shapes

    shapes.rounded_box("B", (1, 1, 1), radius=0.1)

"""Pictures for people, drawn by matplotlib."""

import io
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import InputError


def figure(panels=1, layout="constrained"):
    """A figure of so many panels side by side, without the window that pyplot would open.

    Args:
        panels: how many.
        layout: by which matplotlib places them; None where the caller does.

    Returns:
        The figure, and a list of its axes.

    Raises:
        InputError: matplotlib is missing.
    """
    try:
        figure_class = _figure_class()
    except ImportError:
        raise InputError(
            "The picture needs matplotlib: install it with `python -m pip install -e '.[plots]'`, "
            "then give the same command again."
        ) from None
    drawn = figure_class(figsize=(6.5 * panels, 4.5), dpi=120, layout=layout)
    axes = drawn.subplots(1, panels, squeeze=False)[0].tolist()
    for one in axes:
        one.grid(color="0.9")
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
    return drawn, axes


def _figure_class():
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure that a notebook shows by itself, as it shows those of pyplot."""

        def _repr_png_(self):
            png = io.BytesIO()
            self.savefig(png, format="png")
            return png.getvalue()

    return ShownFigure


def save(drawn, path):
    """Writes the figure beside its place and renames it into it; the suffix is the format.

    Raises:
        InputError: there is no such format.
        OSError: the file cannot be written.
    """
    path = Path(path)
    formats = drawn.canvas.get_supported_filetypes()
    if path.suffix[1:] not in formats:
        raise InputError(f"{path}: expected a name that ends in .png, .svg or .pdf.")
    with replacing(path) as beside:
        drawn.savefig(beside, format=path.suffix[1:])

"""Pictures of what was measured: arrays in, pixels out (uint8)."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def confusion(counts, classes):
    """A matrix of counts, rows are labels and columns answers; the darker, the more of its row."""
    side, margin = 110, 70
    font, small = ImageFont.load_default(16), ImageFont.load_default(12)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    whole = Image.new("L", (margin + side * len(classes), margin + side * len(classes)), 255)
    draw = ImageDraw.Draw(whole)
    draw.text((margin, 8), "answer", fill=0, font=small)
    draw.text((6, margin - 20), "label", fill=0, font=small)
    for i, name in enumerate(classes):
        draw.text((margin + side * (i + 0.5), margin - 18), name, 0, font, anchor="mm")
        draw.text((margin / 2, margin + side * (i + 0.5)), name, 0, font, anchor="mm")
        for j in range(len(classes)):
            left, top = margin + side * j, margin + side * i
            shade = round(255 * (1 - shares[i, j]))
            draw.rectangle((left, top, left + side - 3, top + side - 3), shade, outline=0)
            ink = 0 if shade > 127 else 255
            middle = left + side / 2, top + side / 2
            text = f"{counts[i, j]:,}\n{shares[i, j]:.1%}"
            draw.text(middle, text, ink, font, anchor="mm", align="center")
    return np.asarray(whole)

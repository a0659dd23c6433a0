"""HTML from Python: every text is escaped on its way in."""

import base64
import html
import io

from PIL import Image


def element(tag, *children, **attributes):
    """An element; its children are `Markup` or text, which is escaped.

    Args:
        tag: its name.
        attributes: `class_` stands for `class`, other underscores for dashes.
    """
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{named}>{joined(children)}</{tag}>")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def joined(parts):
    """Markup and texts, one after the other."""
    return Markup("".join(p if isinstance(p, Markup) else html.escape(str(p)) for p in parts))


def table(caption, header, rows, scroll="scroll wide"):
    """A table whose rows begin with their headings, and which can be scrolled by the keyboard.

    Args:
        header: texts above the columns.
        rows: of texts.
    """
    head = [element("th", text, scope="col") for text in header]
    body = [
        element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in cells))
        for first, *cells in rows
    ]
    inner = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", *body),
    )
    return element("div", inner, class_=scroll, tabindex=0, role="group", aria_label=caption)


def picture(pixels, alt):
    """An `img` with its picture in it.

    Args:
        pixels: (height, width[, 3]) uint8.
        alt: what it shows, in words.
    """
    height, width = pixels.shape[:2]
    image = element("img", width=width, height=height, src=png(pixels), alt=alt)
    return Markup(image.removesuffix("</img>"))  # it has no end


def png(pixels):
    """A picture's PNG as an address that holds it all."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"

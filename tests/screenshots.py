"""python -m tests.screenshots RUNS: the README's pictures of TensorBoard, in a real browser.

python -m labs.nn4 --logs /tmp/pictures --run 1k --train 1k --iterations 500 --evaluate-every 50
python -m labs.nn4 --logs /tmp/pictures --run 10k --iterations 500 --evaluate-every 50
python -m labs.nn3 --logs /tmp/pictures --run 10k --train 10k
python -m tests.screenshots /tmp/pictures/nn4 --only tensorboard
python -m tests.screenshots /tmp/pictures --only images histograms projector
python -m labs.representations.embedding --logs /tmp/persons
python -m tests.screenshots /tmp/persons --only clusters
"""

import argparse
import io
import tempfile
import time
from pathlib import Path

from tests.tensorboard_pages import Browser, tensorboard

# The picture's name: the tab, settings of its page, width and height, what is on the page when it
# is complete, and what is pressed then in its frame: a selector and how its text begins.
CURVES = {
    "smoothing": 0,
    "runFilter": "k/",
    "tagFilter": "^(accuracy|loss|generalisation_gap)$",
}
IMAGES = (
    "images&regexInput=nn4/10k/test|nn3/10k/train"
    "&tagFilter=activation_maps/conv_[13]|faces/most_wrong|kernels_learned"
)
PICTURES = {
    "tensorboard": ("timeseries", CURVES, (1400, 800), "scalar-card line-chart"),
    "images": (IMAGES, {}, (1060, 1370), "img"),
    "histograms": ("histograms&regexInput=nn4/10k/&tagFilter=conv_1", {}, (1060, 1080), "path"),
    "projector": ("projector", {}, (1240, 900), "iframe"),
    "clusters": (
        "projector",
        {},
        (1240, 900),
        "iframe",
        (".projection-tab", "t-SNE"),
        ("#colorby paper-item", "person"),
    ),
}
COLOURS = 96
SETTLE, SETTLE_PRESSED = 8, 40  # seconds until what moves has come to rest


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots")
    parser.add_argument("logs", metavar="RUNS", help="a folder of runs")
    parser.add_argument("--out", default="labs/pictures", metavar="DIR", help="(%(default)s)")
    parser.add_argument("--only", nargs="+", default=PICTURES, choices=PICTURES, metavar="NAME")
    options = parser.parse_args()
    with tensorboard(options.logs) as address:
        for name in options.only:
            save(picture(address, *PICTURES[name]), Path(options.out, f"{name}.png"))


def picture(address, tab, settings, size, complete, *presses):
    """A PNG of a tab in a window of that size, once `complete` finds something.

    Args:
        presses: pairs for `Browser.press_in_frame`.
    """
    with tempfile.TemporaryDirectory() as profile, Browser(address, profile, size) as page:
        page.open(tab, **settings)
        page.wait(lambda: page.all(complete))
        for button in page.all("button[aria-label='Close side pane']"):
            button.click()
        time.sleep(SETTLE)
        for press in presses:
            page.press_in_frame(*press)
        time.sleep(SETTLE_PRESSED if presses else 0)
        return page.driver.get_screenshot_as_png()


def save(picture, path):
    """Writes a PNG with a palette: a third of the bytes."""
    from PIL import Image

    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

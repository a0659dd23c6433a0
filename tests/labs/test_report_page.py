"""The page of a run in a real browser: its network computes what TensorFlow computes."""

import base64
import functools
import itertools
import json
import re

import numpy as np
import pytest
from reported import EVERY_LAYER, run_of

from dsutil import DataSet
from dsutil.binary import pair_paths
from labs import nn5, report
from tests.tensorboard_pages import Browser, chromium

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="needs Chromium and its driver: apt-get install chromium-driver"
)

NEAR = 1e-4  # how far a number of the page may be from TensorFlow's
NN5 = pytest.param("nn5", marks=pytest.mark.slow)  # its training alone takes as long as the rest
EACH = pytest.mark.parametrize("name", ["nn2", "nn4", NN5, "every_layer"])


@pytest.fixture(scope="module")
def runs(trained_runs, run_lab_in, tmp_path_factory):
    """The folders of runs, by the name of their lab; made when they are first asked for."""
    folder = tmp_path_factory.mktemp("runs")
    known = {"nn2": trained_runs / "nn2/r", "nn4": trained_runs / "nn4/r"}

    def run(name):
        if name == "every_layer" and name not in known:
            known[name] = run_of(run_lab_in, folder, name, EVERY_LAYER)
        if name == "nn5" and name not in known:
            assert run_lab_in(folder, nn5, "--run", "r", "--iterations", 3) == 0
            known[name] = folder / "nn5/r"
        return known[name]

    return run


@pytest.fixture(scope="module")
def pages(runs, tmp_path_factory):
    """The paths of the pages of these runs."""
    folder = tmp_path_factory.mktemp("pages")

    def page(name):
        path = folder / f"{name}.html"
        if not path.exists():
            assert report.main([str(runs(name)), "--out", str(path)]) == 0
        return path

    return page


class Window(Browser):
    """A window with a page of a run in it."""

    def show(self, path, dark=False, width=1200):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})
        self.driver.get(path.as_uri())
        self.wait(lambda: self.do("return document.documentElement.dataset.ready"), 60)

    def do(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def numbers(self, script, *arguments):
        """Numbers of the page, as a Float32Array that `script` is the expression of."""
        text = self.do(
            f"const bytes = new Uint8Array(Float32Array.from({script}).buffer); let text = '';"
            "for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text);",
            *arguments,
        )
        return np.frombuffer(base64.b64decode(text), np.float32)

    def settled(self):
        """Waits until what was drawn is computed."""
        self.wait(lambda: not self.do("return page.waits"), 20)

    def press(self, *keys):
        """Presses keys, one after the other, wherever the focus is."""
        from selenium.webdriver import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    @property
    def focused(self):
        return self.driver.switch_to.active_element


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with Window("", tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(window):
    window.complaints()
    yield window
    assert window.complaints() == []


@pytest.fixture(scope="module")
def networks(runs):
    """The labs' own networks with the runs' weights, from restored checkpoints."""
    from labs import catalogue
    from labs import runs as folders
    from labs.analysis.trained import restored

    @functools.cache
    def network(name):
        run = folders.existing(runs(name))
        return restored(catalogue.lab_of(run), run, precision="float32")

    return network


def bytes_shown(browser):
    return browser.numbers("page.board.pixels").astype(np.uint8)


def scaled(images):
    return (images.astype(np.float32).reshape(1, -1) - 128) / 256


# ---------------------------------------------------------------------------------- its numbers


@pytest.mark.slow
@EACH
def test_every_layer_s_numbers_are_tensorflow_s(name, browser, pages, networks):
    import keras

    browser.show(pages(name))
    model = networks(name).model
    depths = sorted(model._nodes_by_depth, reverse=True)
    nodes = [node for depth in depths for node in model._nodes_by_depth[depth]]
    every = keras.Model(model.input, [node.outputs[0] for node in nodes])
    outputs = every(scaled(bytes_shown(browser)), training=False)
    expected = by_name(
        (node.operation.name, np.ravel(y)) for node, y in zip(nodes, outputs, strict=True)
    )
    names = browser.do("return page.network.layers.map(layer => layer.name)")
    found = by_name((n, browser.numbers(f"page.network.values[{i}]")) for i, n in enumerate(names))
    compared = found.keys() & expected.keys()
    assert all("get_item" in one or "keras_tensor" in one for one in found.keys() ^ compared)
    for one in compared:
        for ours, theirs in zip(found[one], expected[one], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=NEAR, atol=NEAR, err_msg=one)


def by_name(pairs):
    """{name: list of what has it}: a layer may be called more than once."""
    found = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return found


@EACH
def test_the_answer_is_the_run_s(name, browser, pages, networks):
    browser.show(pages(name))
    trained = networks(name)
    for number in (0, 5, 11):
        browser.do("page.choose(arguments[0])", number)
        image = bytes_shown(browser).reshape(1, -1)
        np.testing.assert_allclose(
            browser.numbers("page.answer"), np.ravel(trained.answers(image)), atol=NEAR
        )


@EACH
def test_a_drawn_pixel_changes_the_answer_as_it_does_in_tensorflow(
    name, browser, pages, networks, faces
):
    browser.show(pages(name))
    original = bytes_shown(browser)
    browser.do("document.querySelector('input[name=tool][value=black]').click()")
    board = browser.driver.find_element("id", "image")
    from selenium.webdriver import ActionChains

    ActionChains(browser.driver).move_to_element_with_offset(
        board, 30, -20
    ).click_and_hold().move_by_offset(-60, 40).release().perform()
    browser.settled()
    drawn = bytes_shown(browser)
    changed = (drawn != original).reshape(48, 48)
    assert 5 < changed.sum() < 200
    assert set(drawn[changed.ravel()]) == {0}
    trained = networks(name)
    before, after = (np.ravel(trained.answers(x.reshape(1, -1))) for x in (original, drawn))
    assert np.abs(before - after).max() > 0
    np.testing.assert_allclose(browser.numbers("page.answer"), after, atol=NEAR)
    shown = browser.driver.find_elements("css selector", "#scores .number")
    assert [float(one.text) for one in shown] == pytest.approx(list(after), abs=NEAR)
    browser.driver.find_element("id", "reset").click()
    browser.settled()
    assert np.array_equal(bytes_shown(browser), original)
    np.testing.assert_allclose(browser.numbers("page.answer"), before, atol=NEAR)


def test_the_images_to_choose_are_the_test_set_s(browser, pages, faces):
    browser.show(pages("nn4"))
    dataset = DataSet(*pair_paths(faces, "other"))
    buttons = browser.driver.find_elements("css selector", "#faces button")
    assert len(buttons) == 13
    for button in buttons[:-1]:
        button.click()
        row, truth = re.fullmatch(r"row (\d+), (man|woman)", button.get_attribute("title")).groups()
        assert np.array_equal(bytes_shown(browser), dataset.images[int(row)])
        assert truth == ("man", "woman")[int(dataset.labels[int(row)].argmax())]
        assert browser.driver.find_element("id", "truth").text == f"Truth: {truth}"
    buttons[-1].click()
    assert set(bytes_shown(browser)) == {128}


def test_the_eraser_brings_the_original_back(browser, pages):
    browser.show(pages("nn2"))
    original = bytes_shown(browser)
    board = browser.driver.find_element("id", "image")
    for tool in ("white", "original"):
        browser.do(f"document.querySelector('input[name=tool][value={tool}]').click()")
        board.click()
        browser.settled()
        assert np.array_equal(bytes_shown(browser), original) == (tool == "original")


# ----------------------------------------------------------------------- what a number is made of


def explained(browser):
    """The terms (n, 3: input, weight, product), the bias, and the value that the page shows."""
    if button := browser.driver.find_elements("id", "all-terms"):
        button[0].click()
    values = "[...document.querySelectorAll('#explained %s data')].map(d => Number(d.value))"
    terms = np.array(browser.do(f"return {values % 'tbody'}")).reshape(-1, 3)
    line = browser.do(f"return {values % '.sum'}")
    text = browser.driver.find_element("css selector", "#explained .sum").text
    bias = line[1] if "bias" in text else 0.0
    return terms, -bias if "\N{MINUS SIGN} bias" in text else bias, line[-1]


@pytest.mark.parametrize(
    ("name", "layer", "function"),
    [
        ("nn4", "conv_3", lambda x: np.maximum(x, 0)),
        ("nn4", "pool_4", lambda x: x),
        ("nn2", "fc_1", lambda x: 1 / (1 + np.exp(-x))),
        ("every_layer", "valid_2", lambda x: np.where(x > 0, x, 0.2 * x)),
        ("every_layer", "dilated", np.tanh),
        ("every_layer", "oblong", None),
        ("every_layer", "mean_same", lambda x: x),
        ("every_layer", "norm", lambda x: x),
        ("every_layer", "smaller", lambda x: x),
    ],
)
def test_the_terms_of_a_number_add_up_to_it(name, layer, function, browser, pages, networks):
    import keras

    browser.show(pages(name))
    model = networks(name).model
    output = keras.Model(model.input, model.get_layer(layer).output)
    image = scaled(bytes_shown(browser))
    expected = np.asarray(output(image, training=False))[0]
    for index in (0, expected.size // 2, expected.size - 1):
        browser.do(
            "const v = page.views.find(v => v.layer.name === arguments[0]); v.element.open = true;"
            "v.choose(arguments[1]); page.explanation.all = false; page.explanation.update();",
            layer,
            index,
        )
        terms, bias, value = explained(browser)
        np.testing.assert_allclose(terms[:, 0] * terms[:, 1], terms[:, 2], rtol=1e-12)
        assert value == pytest.approx(expected.ravel()[index], rel=NEAR, abs=NEAR)
        if function:
            total = function(terms[:, 2].sum() + bias)
            assert total == pytest.approx(expected.ravel()[index], rel=NEAR, abs=NEAR)


def test_a_click_explains_the_number_under_the_pointer_by_its_patch(browser, pages, networks):
    """In conv_1 a number sees nine pixels of the image: these, and the kernel of its filter."""
    from selenium.webdriver import ActionChains

    browser.show(pages("nn4"))
    canvas = browser.driver.find_element("css selector", "#layers canvas")
    row, column, across, down = 20, 31, 3, 1  # of the fourth map in the second line
    browser.do("arguments[0].scrollIntoView({block: 'center'})", canvas)
    columns = browser.do("return page.views[0].columns")
    x, y = across * 50 + column + 0.5, down * 50 + row + 0.5
    box = browser.do(
        "const b = arguments[0].getBoundingClientRect(); return [b.width, b.height]", canvas
    )
    ActionChains(browser.driver).move_to_element_with_offset(
        canvas, round(x - box[0] / 2), round(y - box[1] / 2)
    ).click().perform()
    heading = browser.driver.find_element("css selector", "#explained h4").text
    found = re.fullmatch(r"conv_1, map (\d+), row (\d+), column (\d+)", heading)
    map_, found_row, found_column = map(int, found.groups())
    assert map_ == down * columns + across
    assert abs(found_row - row) <= 1
    assert abs(found_column - column) <= 1
    terms, _, value = explained(browser)
    image = scaled(bytes_shown(browser)).reshape(48, 48)
    patch = image[found_row - 1 : found_row + 2, found_column - 1 : found_column + 2]
    layer = networks("nn4").model.get_layer("conv_1")
    kernel = np.asarray(layer.kernel)[:, :, 0, map_]
    key = np.lexsort(terms.T[:2])
    wanted = np.stack([patch.ravel(), kernel.ravel()], 1)
    np.testing.assert_allclose(terms[key][:, :2], wanted[np.lexsort(wanted.T)], atol=1e-5)
    total = (patch * kernel).sum() + np.asarray(layer.bias)[map_]
    assert value == pytest.approx(max(0, total), abs=NEAR)
    assert browser.do("return page.board.box") == [
        found_row - 1, found_column - 1, found_row + 2, found_column + 2,
    ]  # fmt: skip


# -------------------------------------------------------------------------------- who can use it


def test_the_keyboard_alone_chooses_draws_and_explains(browser, pages):
    from selenium.webdriver.common.keys import Keys

    browser.show(pages("nn4"))
    first = bytes_shown(browser)
    tabbed = []
    for _ in range(200):
        browser.press(Keys.TAB)
        name = browser.do(
            "const e = document.activeElement; return e.id || e.title ||"
            "e.getAttribute('aria-label') || e.textContent"
        )
        tabbed.append(name)
        if name == "image":
            browser.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN, " ")
            browser.settled()
            assert (bytes_shown(browser) != first).sum() > 0
            changed = np.argwhere((bytes_shown(browser) != first).reshape(48, 48))
            assert (np.abs(changed - [25, 25]) <= 1).all()
            browser.wait(
                lambda: (
                    "man 0." in browser.driver.find_element("id", "said").text
                    or "man 1." in browser.driver.find_element("id", "said").text
                ),
                10,
            )
        if name == browser.do("return page.faces[3].name"):
            browser.press(Keys.ENTER)
            assert browser.focused.get_attribute("aria-pressed") == "true"
            assert not np.array_equal(bytes_shown(browser), first)
        if name.startswith("conv_3: 32 maps of 24 by 24"):
            browser.press(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.PAGE_DOWN)
            browser.press(Keys.ENTER)
            heading = browser.driver.find_element("css selector", "#explained h4").text
            assert heading == "conv_3, map 1, row 1, column 2"
            browser.press(Keys.ESCAPE)
            assert not browser.all("#explained")
            assert browser.focused.get_attribute("aria-label") == name
            break
    else:
        pytest.fail(f"no map of conv_3 among {tabbed}")


def accessible_nodes(browser):
    browser.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]


def test_every_control_and_picture_has_a_name(browser, pages):
    browser.show(pages("nn4"))
    browser.do("page.views[0].choose(5)")
    nodes = accessible_nodes(browser)
    named = ("button", "radio", "link", "application", "image", "region", "table", "group")
    unnamed = {role for role, name in nodes if role in named and not name.strip()}
    assert not unnamed - {"group"}  # a details is one, and is named by its summary
    roles = [role for role, _ in nodes]
    assert roles.count("main") == roles.count("navigation") == roles.count("banner") == 1
    assert roles.count("radio") == 6
    assert roles.count("application") == 8  # the image and seven layers
    headings = browser.do(
        "return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
    )
    assert headings[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(headings))


CONTRASTS = """
const rgb = text => {
  const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
  return [r, g, b, a];
};
const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = rgb(getComputedStyle(e).backgroundColor);
    if (colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = {};
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
  const style = getComputedStyle(element);
  const ink = rgb(element.closest('svg') ? style.fill : style.color);
  const [a, b] = [luminance(ink), luminance(ground(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  const what = `${element.tagName}.${element.className.baseVal ?? element.className}`;
  found[what] = Math.min(found[what] ?? 99, ratio);
}
return found;
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_has_enough_contrast(dark, browser, pages):
    browser.show(pages("nn2"), dark=dark)
    browser.do(
        "page.views[0].choose(5); document.querySelectorAll('details').forEach(d => d.open = true)"
    )
    found = browser.do(CONTRASTS)
    assert len(found) > 25
    assert {what: ratio for what, ratio in found.items() if ratio < 4.5} == {}
    grounds = browser.do("return getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", grounds))) < 60) == dark


@pytest.mark.parametrize("width", [360, 400, 768, 1200])
def test_nothing_is_wider_than_the_window(width, browser, pages):
    browser.show(pages("nn4"), width=width)
    browser.do("page.views[2].choose(5)")
    assert browser.do("return document.documentElement.scrollWidth") <= width


# -------------------------------------------------------------------------------------- its costs


@pytest.mark.slow
def test_the_largest_page_of_the_course_is_below_3_mb(pages):
    assert pages("nn5").stat().st_size < 3e6


def test_nothing_is_asked_of_the_network(browser, pages):
    browser.driver.get_log("performance")
    browser.show(pages("nn4"))
    asked = set()
    for entry in browser.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.add(message["params"]["request"]["url"].partition(":")[0])
    assert asked <= {"file", "data"}

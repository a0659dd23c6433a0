"""TensorBoard's tabs show a run, in a real browser: its data, no banner, no failed request."""

import json
import re

import pytest

from labs import nn4
from tests.tensorboard_pages import Browser, chromium, tensorboard

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="needs Chromium and its driver: apt-get install chromium-driver"
)

CURVES = ["accuracy", "loss", "batch/loss", "batch/accuracy", "generalisation_gap"]
LAYERS = ["conv_1", "pool_2", "conv_3", "pool_4", "conv_5", "pool_6", "flatten", "fc_7"]


@pytest.fixture(scope="module")
def logs(faces, tmp_path_factory):
    """The run nn4/r, of 4 iterations."""
    logs = tmp_path_factory.mktemp("logs")
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", logs]
    words += ["--batch-size", 16, "--run", "r", "--iterations", 4, "--summaries", "full"]
    words += ["--summary-every", 2, "--evaluate-every", 2]
    with pytest.raises(SystemExit) as exit_:
        nn4.lab.main([str(word) for word in words])
    assert exit_.value.code == 0
    return logs


@pytest.fixture(scope="module")
def result(logs):
    return json.loads((logs / "nn4/r/result.json").read_text())


@pytest.fixture(scope="module")
def window(logs, tmp_path_factory):
    profile = tmp_path_factory.mktemp("profile")
    with tensorboard(logs) as address, Browser(address, profile) as browser:
        yield browser


@pytest.fixture
def browser(window):
    window.complaints()
    yield window
    assert window.complaints() == []
    assert window.all("[class*=snack-bar-container]") == []
    assert not re.search(r"No \w+ data was found|No dashboards are active", window.text())


@pytest.mark.slow
def test_time_series_shows_the_accuracies(browser, result):
    browser.open("timeseries")
    test, train = (f"{result[f'{use}_accuracy']:.4g}" for use in ("test", "train"))
    browser.wait(lambda: {"nn4/r/test", test, train} <= set(browser.text().split("\n")))
    browser.wait(lambda: browser.all("scalar-card line-chart"))


def test_scalars_shows_every_curve(browser):
    browser.open("scalars")
    browser.wait(lambda: set(CURVES) <= set(browser.text().split("\n")))
    browser.wait(lambda: browser.all("path.line"))


def test_images_shows_maps_and_the_confusion_matrix(browser):
    browser.open("images")
    expected = {"confusion_matrix"} | {f"activation_maps/{name}" for name in LAYERS[:6]}
    browser.wait(lambda: expected <= set(browser.text().split("\n")))
    script = "return arguments[0].every(image => image.complete && image.naturalWidth > 100)"
    images = browser.wait(lambda: browser.all("a > img"))
    browser.wait(lambda: browser.driver.execute_script(script, images))


def test_graphs_shows_the_layers_by_name(browser):
    browser.open("graphs&run=nn4%2Fr%2Ftrain")
    browser.wait(lambda: set(LAYERS) <= set(browser.text().split("\n")))


@pytest.mark.parametrize(
    ("tab", "chart"),
    [("distributions", "path.area"), ("histograms", "vz-histogram-timeseries")],
)
def test_weights_gradients_and_activations_are_charts_of(tab, chart, browser):
    browser.open(tab)
    expected = {f"conv_1/{name}" for name in ("kernel", "bias", "kernel/gradient", "activation")}
    browser.wait(lambda: expected <= set(browser.text().split("\n")))
    browser.wait(lambda: browser.all(chart))


def test_projector_shows_a_point_for_each_test_face(browser):
    browser.open("projector")
    shown = r"Points:\s+30\s+Dimension:\s+576\s"
    browser.wait(lambda: re.search(shown, browser.text_of_frame()))
    assert "faces.tsv" in browser.text_of_frame()


def test_pr_curves_shows_both_classes_on_both_sets(browser):
    browser.open("pr_curves")
    browser.wait(lambda: browser.text().count("step 4") >= 4)
    assert {"precision_recall/man", "precision_recall/woman"} <= set(browser.text().split("\n"))
    browser.wait(lambda: browser.all("path.line"))


def test_hparams_shows_the_run_with_its_options_and_accuracies(browser, result):
    browser.open("hparams")
    shown = f"{result['test_accuracy']:.3g}"
    browser.wait(lambda: {"nn4/r", "nn4"} <= set(browser.text().split("\n")))
    cells = browser.wait(lambda: browser.text().split("\n"))
    assert any(cell.startswith(shown) for cell in cells), cells


def test_text_shows_the_layers_and_the_command(browser):
    browser.open("text")
    browser.wait(lambda: "3*3*1*64 + 64 = 640" in browser.text())
    assert "python -m labs.nn4" in browser.text()
    assert "24,882" in browser.text()


def test_custom_scalars_opens_on_the_charts_that_matter(browser):
    browser.open("custom_scalars")
    browser.wait(lambda: "accuracy on the whole train and test sets" in browser.text())
    browser.wait(lambda: browser.all("path.line"))

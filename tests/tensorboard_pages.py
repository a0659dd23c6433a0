"""TensorBoard's pages in a real browser: headless Chromium, cut off from every other host."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

# Pages are made of nested components, each with a document of its own; these look through them all.
_DEEP = """
const deep = root => [root, ...root.querySelectorAll('*')].flatMap(
  node => node === root ? [] : [node, ...(node.shadowRoot ? deep(node.shadowRoot) : [])]);
const shown = node => node.getClientRects().length > 0;
"""
_TEXT = (
    _DEEP
    + """
const words = node => [...node.childNodes].flatMap(child =>
  child.nodeType === Node.TEXT_NODE ? [child.data]
  : child.nodeType !== Node.ELEMENT_NODE || /^(STYLE|SCRIPT|TEMPLATE)$/.test(child.tagName) ? []
  : child.tagName === 'SLOT' ? child.assignedNodes().flatMap(
      given => given.nodeType === Node.TEXT_NODE ? [given.data] : [])
  : !shown(child) && getComputedStyle(child).display !== 'contents' ? []
  : [...(child.shadowRoot ? words(child.shadowRoot) : []), ...words(child)]);
return words(document.body).map(text => text.trim()).filter(text => text).join('\\n');
"""
)
_ALL = _DEEP + "return deep(document).filter(n => n.matches(arguments[0]) && shown(n));"
_PRESS = (
    _DEEP
    + """
deep(document).find(
  node => node.matches(arguments[0]) && node.textContent.trim().startsWith(arguments[1])).click();
"""
)


def chromium():
    """The paths of Chromium and its driver, or None where one is missing."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@contextlib.contextmanager
def tensorboard(logs):
    """Starts TensorBoard on a free port of this machine; yields its address when all is read.

    Args:
        logs: a folder of runs, at least one of which is finished.
    """
    logs = Path(logs).resolve()  # its name alone is shown on the pages
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", logs.name]
    command += ["--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(command, cwd=logs.parent, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                wait_for_tabs(found[0])
                yield found[0]
                return
        raise RuntimeError(f"TensorBoard ended with {process.wait()}")
    finally:
        process.terminate()
        process.wait()


def wait_for_tabs(address, seconds=300):
    """Waits until TensorBoard offers the Projector, which it finds last.

    A page asks once which tabs there are, when it is opened.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{address}data/plugins_listing") as answer:
            if json.load(answer)["projector"]["enabled"]:
                return
        time.sleep(0.25)
    raise AssertionError(f"no Projector within {seconds} s")


class Browser:
    """A window of Chromium.

    Args:
        address: of TensorBoard.
        profile: a folder for what the browser stores.
        size: width and height in pixels.
    """

    def __init__(self, address, profile, size=(1400, 1000)):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        browser, driver = chromium()
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for word in (
            "headless",
            "no-sandbox",  # there is none for root
            "disable-gpu",
            "disable-dev-shm-usage",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
            "no-first-run",
            "hide-scrollbars",
            f"user-data-dir={profile}",
            f"window-size={size[0]},{size[1]}",
            "host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        ):
            options.add_argument(f"--{word}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.address = address
        self.driver = webdriver.Chrome(options=options, service=Service(driver))
        self.driver.get("about:blank")
        self.complaints()  # of the browser's own first page

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, tab, **settings):
        """Opens one of TensorBoard's tabs by its name in the address, with settings of the page."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.address}?{urllib.parse.urlencode(settings)}#{tab}")

    @contextlib.contextmanager
    def _innermost_frame(self):
        try:
            while frames := self.all("iframe"):
                self.driver.switch_to.frame(frames[0])
            yield
        finally:
            self.driver.switch_to.default_content()

    def text_of_frame(self):
        """All that can be read in the innermost frame of the page."""
        with self._innermost_frame():
            return self.text()

    def press_in_frame(self, selector, text):
        """Presses what the selector finds in the innermost frame and whose text begins so."""
        with self._innermost_frame():
            self.driver.execute_script(_PRESS, selector, text)

    def text(self):
        """All that can be read on the page."""
        return self.driver.execute_script(_TEXT)

    def all(self, selector):
        """The elements that a CSS selector finds, and that are shown."""
        return self.driver.execute_script(_ALL, selector)

    def wait(self, condition, seconds=240):
        """Waits until `condition()` is true and returns its value; fails with the page's text."""
        from selenium.common.exceptions import WebDriverException

        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(WebDriverException):  # the page changed under the question
                if found := condition():
                    return found
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s; the page says:\n{self.text()}")
            time.sleep(0.25)

    def complaints(self):
        """Since the last call: failed requests, and what the console calls severe."""
        said = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"
        ]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            parameters = message["params"]
            if message["method"] == "Network.loadingFailed" and not parameters.get("canceled"):
                said.append(f"failed: {parameters['errorText']}")
            if message["method"] == "Network.responseReceived":
                response = parameters["response"]
                if response["status"] >= 400:
                    said.append(f"{response['status']}: {response['url']}")
        return said

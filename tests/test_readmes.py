"""What the READMEs name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("dsutil", "labs", "layers", "tests")
READMES = [ROOT / "README.md", ROOT / "logs/README.md"]
READMES += sorted(path for package in PACKAGES for path in (ROOT / package).rglob("README.md"))
TO_BE_WRITTEN = {"labs.age", "labs.mycnn"}  # by the reader, who is shown how

each_readme = pytest.mark.parametrize("readme", READMES, ids=lambda p: str(p.relative_to(ROOT)))


def prose(readme):
    """The text without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```$", "", readme.read_text(encoding="utf-8"))


def anchors(readme):
    """What GitHub calls the headings, so that links can lead to them."""
    headings = re.findall(r"(?m)^#+ (.*)$", prose(readme))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_readme
def test_each_relative_link_leads_to_a_file_and_a_heading_that_exist(readme):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(readme)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = readme.parent / path if path else readme
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@each_readme
def test_each_module_that_is_run_exists(readme):
    names = rf"python3? -m ((?:{'|'.join(PACKAGES)})\b(?:\.\w+)*)"
    for module in set(re.findall(names, readme.read_text(encoding="utf-8"))) - TO_BE_WRITTEN:
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_the_front_page_has_at_most_150_lines():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150

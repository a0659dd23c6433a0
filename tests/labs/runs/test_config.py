"""What config.json says, in the formats that there were."""

import json
import shutil
from pathlib import Path

import pytest

from dsutil import InputError
from labs import runs
from labs.runs.config import FORMAT, upgraded

OLD = Path(__file__).parents[1] / "golden" / "nn3" / "r"


def test_a_config_of_the_first_format_says_what_one_of_today_would():
    old = json.loads((OLD / "config.json").read_text())
    old["data"]["train"]["drawn"] = True  # as later runs of that format said
    new = upgraded(old)
    assert new["format"] == 2
    assert new["task"] == {
        "columns": ["data", "gender"],
        "headline": {
            "name": "accuracy", "higher_is_better": True, "is_share": True, "unit": "",
        },
    }  # fmt: skip
    for use in ("train", "test"):
        before, now = old["data"][use], new["data"][use]
        digests = {"data": before["images_sha256"], "gender": before["labels_sha256"]}
        assert now["sha256"] == digests
        assert now["count"] == before["count"]
    assert new["data"]["train"]["drawn"] is True
    assert "drawn" not in new["data"]["test"]
    same = old.keys() - {"format", "data"}
    assert {key: new[key] for key in same} == {key: old[key] for key in same}


def test_a_config_of_today_stays_as_it_is():
    assert upgraded(new := upgraded(json.loads((OLD / "config.json").read_text()))) == new


def test_to_look_at_a_run_changes_no_file_of_it(tmp_path):
    shutil.copytree(OLD, tmp_path / "r")
    before = (tmp_path / "r/config.json").read_bytes()
    assert runs.existing(tmp_path / "r").config["format"] == 2
    assert (tmp_path / "r/config.json").read_bytes() == before


def edited(folder, change):
    """A run's folder whose config.json `change` has changed."""
    config = upgraded(json.loads((OLD / "config.json").read_text()))
    change(config)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("number", [FORMAT + 1, 10**6])
def test_a_newer_format_asks_for_an_update(number, tmp_path):
    folder = edited(tmp_path, lambda config: config.update(format=number))
    with pytest.raises(InputError, match=f"is of format {number}.*update the project"):
        runs.existing(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config.pop("task"),
        lambda config: config.update(task="classification"),
        lambda config: config["task"].pop("headline"),
        lambda config: config["data"].pop("test"),
        lambda config: config["data"]["train"].pop("sha256"),
        lambda config: config["data"].update(train=None),
        lambda config: config["data"]["train"].update(sha256=["abc"]),
        lambda config: config.update(options=["seed"]),
        lambda config: config.update(commands=[["0", "python"]]),
        lambda config: config.update(format=1),  # and there are no digests as of then
    ],
)
def test_a_config_that_lacks_what_a_run_writes_is_damaged(change, tmp_path):
    with pytest.raises(InputError, match="damaged"):
        runs.existing(edited(tmp_path, change))

"""`python -m labs.doctor`: what it says of a machine on which something is wrong."""

import argparse
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from dsutil import InputError
from dsutil.binary import pair_paths, write_pair
from labs import doctor, nn3
from labs.doctor import FAULT, OK, WARNING, Finding

ROOT = Path(doctor.__file__).parents[1]
SERVER = """
import http.server, sys
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(f"TensorBoard 9 at http://127.0.0.1:{server.server_port}/ (Press CTRL+C)", file=sys.stderr)
server.serve_forever()
"""


@pytest.fixture
def given(tmp_path):
    """A command line with folders that are not there yet."""
    folders = {"logs": str(tmp_path / "logs"), "databases": str(tmp_path / "DataBases")}
    return argparse.Namespace(json=False, quick=True, **folders)


@pytest.fixture
def found_by(given):
    """Runs a check; returns its findings by what they are about."""
    return lambda check: {one.what: one for one in doctor.findings([check], given)}


# --------------------------------------------------------------------------------------- versions


@pytest.fixture
def installed(monkeypatch):
    """Sets which versions are said to be installed: those named, and whatever else in version 9."""

    def install(**versions):
        def version(name):
            if versions.get(name, "9") is None:
                raise metadata.PackageNotFoundError(name)
            return versions.get(name, "9")

        monkeypatch.setattr(metadata, "version", version)

    floors = "3.10", {"tensorflow": "2.21", "tensorboard": "2.21"}
    monkeypatch.setattr(doctor, "floors", lambda: floors)
    return install


def test_an_old_library_is_a_fault_and_the_command_is_named_that_mends_it(installed, found_by):
    installed(tensorboard="2.20.0")
    found = found_by(doctor.versions)
    advice = "Run `python -m pip install --upgrade 'tensorboard>=2.21'`."
    old = Finding("tensorboard", "2.20.0, older than 2.21", FAULT, advice)
    assert found["tensorboard"] == old
    assert found["tensorflow"] == Finding("tensorflow", "9")


@pytest.mark.parametrize(
    ("version", "state"),
    [("2.9.1", FAULT), ("2.20.0", FAULT), ("2.21.0rc1", OK), ("2.21", OK), ("10.0", OK)],
)
def test_versions_are_compared_by_their_numbers(version, state, installed, found_by):
    installed(tensorflow=version)
    assert found_by(doctor.versions)["tensorflow"].state == state


def test_a_library_that_is_missing_is_a_fault_only_if_the_labs_ask_for_it(installed, found_by):
    installed(tensorflow=None, setuptools=None)
    found = found_by(doctor.versions)
    assert found["tensorflow"].state == FAULT
    assert found["tensorflow"].advice == "Run `python -m pip install -e .`."
    assert found["setuptools"] == Finding("setuptools", "not installed")


def test_an_old_python_is_a_fault(installed, found_by, monkeypatch):
    installed()
    monkeypatch.setattr("platform.python_version", lambda: "3.9.18")
    found = found_by(doctor.versions)["Python"]
    assert (found.found, found.state) == ("3.9.18, older than 3.10", FAULT)
    assert "Install Python 3.10 or newer" in found.advice


def test_the_floors_are_those_of_the_installation_without_its_extras(monkeypatch):
    needed = ["tensorflow>=2.21", "numpy >=2.0,<9", "six", 'scipy>=1; extra == "test"']
    monkeypatch.setattr(metadata, "packages_distributions", lambda: {"labs": ["ours"]})
    monkeypatch.setattr(metadata, "requires", {"ours": needed}.get)
    monkeypatch.setattr(metadata, "metadata", {"ours": {"Requires-Python": ">=3.10"}}.get)
    assert doctor.floors() == ("3.10", {"tensorflow": "2.21", "numpy": "2.0"})


def test_labs_that_are_not_installed_are_told_so_and_the_libraries_still_looked_at(
    found_by, monkeypatch
):
    monkeypatch.setattr(metadata, "packages_distributions", dict)
    monkeypatch.setattr(metadata, "requires", metadata.version)  # which raises for `labs`
    found = found_by(doctor.versions)
    assert found["labs"].state == WARNING
    assert "python -m pip install -e ." in found["labs"].advice
    assert found["tensorflow"] == Finding("tensorflow", metadata.version("tensorflow"))


# ------------------------------------------------------------------------- machine and TensorFlow


@pytest.mark.parametrize(
    ("flags", "told", "state"),
    [
        ("sse", "no AVX2, no AVX-512, no AMX", WARNING),
        ("sse avx2", "AVX2, no AVX-512, no AMX", OK),
        ("avx2 avx512f amx_tile", "AVX2, AVX-512, AMX", OK),
    ],
)
def test_a_processor_without_avx2_is_a_warning(flags, told, state, found_by, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("labs.machines.devices.processor_flags", lambda: set(flags.split()))
    found = found_by(doctor.processor)["processor"]
    assert (found.found, found.state) == (told, state)
    assert bool(found.advice) == (state != OK)


@pytest.mark.parametrize(("gigabytes", "state"), [(2, WARNING), (16, OK)])
def test_little_memory_is_a_warning(gigabytes, state, found_by, monkeypatch):
    sizes = {"SC_PHYS_PAGES": gigabytes * 10**6, "SC_PAGE_SIZE": 1000}
    monkeypatch.setattr(os, "sysconf", sizes.get, raising=False)
    found = found_by(doctor.memory)["memory"]
    assert (found.found, found.state) == (f"{gigabytes}.0 GB", state)


def test_a_driver_whose_gpu_tensorflow_does_not_see_is_a_warning(found_by, monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert found_by(doctor.gpus)["GPUs"] == Finding("GPUs", "none, the processor trains")
    monkeypatch.setattr(shutil, "which", {"nvidia-smi": "/usr/bin/nvidia-smi"}.get)
    found = found_by(doctor.gpus)["GPUs"]
    assert found.state == WARNING
    assert "tensorflow[and-cuda]" in found.advice


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("avx2", "float32, because the processor does not multiply bfloat16 in hardware"),
        (
            "avx2 amx_bf16 avx512_bf16",
            "bfloat16, because the processor (amx_bf16, avx512_bf16) multiplies bfloat16 in "
            "hardware",
        ),
    ],
)
def test_the_precision_is_told_with_its_reason(flags, told, found_by, monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])
    monkeypatch.setattr("labs.machines.devices.processor_flags", lambda: set(flags.split()))
    assert found_by(doctor.precision)["precision"] == Finding("precision", told)


def test_onednn_that_is_held_to_older_instructions_is_a_warning(found_by, monkeypatch):
    monkeypatch.setattr(doctor, "onednn_is_on", lambda: True)
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    assert found_by(doctor.onednn)["oneDNN"] == Finding("oneDNN", "on")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    found = found_by(doctor.onednn)["oneDNN"]
    assert (found.found, found.state) == ("on, held to ONEDNN_MAX_CPU_ISA=AVX2", WARNING)


def test_onednn_that_is_off_by_its_variable_is_a_warning_and_that_is_missing_is_not(
    found_by, monkeypatch
):
    monkeypatch.setattr(doctor, "onednn_is_on", lambda: False)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    assert found_by(doctor.onednn)["oneDNN"].state == OK
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    found = found_by(doctor.onednn)["oneDNN"]
    assert (found.found, found.state) == ("off, by TF_ENABLE_ONEDNN_OPTS=0", WARNING)
    assert found.advice.startswith("Unset that variable")


# ------------------------------------------------------------------------------- folders and data


@pytest.mark.parametrize(("megabytes", "state"), [(50, FAULT), (500, WARNING), (5000, OK)])
def test_a_full_disk_is_a_fault_and_a_nearly_full_one_a_warning(
    megabytes, state, found_by, monkeypatch, tmp_path
):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(megabytes * 10**6))
    found = found_by(doctor.free_disk)
    assert found.keys() == {"disk of logs", "disk of databases"}
    for option in ("logs", "databases"):
        one = found[f"disk of {option}"]
        assert one.state == state
        assert one.found == f"{megabytes / 1000:.1f} GB free in {tmp_path}"
        assert (f"--{option}." in one.advice) == (state != OK)


def test_folders_are_not_made_and_nothing_is_left_in_them(found_by, given, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    found = found_by(doctor.write_access)
    assert found["logs folder"] == Finding("logs folder", f"{logs} can be written")
    told = f"{given.databases} can be made in {tmp_path}"
    assert found["databases folder"] == Finding("databases folder", told)
    assert list(tmp_path.rglob("*")) == [logs]


def test_a_folder_that_cannot_be_written_is_a_fault(found_by, monkeypatch, tmp_path):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    advice = "Name a folder of your own by --logs."
    told = Finding("logs folder", f"{tmp_path}: Permission denied", FAULT, advice)
    assert found_by(doctor.write_access)["logs folder"] == told


def test_a_file_where_a_folder_should_be_is_a_fault(found_by, given):
    for path in (given.logs, given.databases):
        Path(path).touch()
    assert found_by(doctor.write_access)["logs folder"].state == FAULT
    found = found_by(doctor.data)["data"]
    assert (found.state, given.databases in found.found) == (FAULT, True)


def test_faces_that_are_not_there_are_said_to_be_drawn(found_by):
    told = "there: none; drawn when a lab asks for them: 1k, 10k, 100k, next1k, test10k, "
    told += "persons10k, testpersons2k, scenes10k, testscenes2k, adding50x10k, testadding50x2k, "
    told += "adding200x10k, testadding200x2k"
    assert found_by(doctor.data) == {"data sets": Finding("data sets", told)}


def test_other_faces_are_named_and_how_to_use_them(found_by, given, faces):
    given.databases = str(faces)
    found = found_by(doctor.data)["data sets"]
    assert found.found.startswith("there: other, tiny; missing, and not drawn")
    assert found.state == WARNING
    assert "--train and --test" in found.advice


def test_a_data_set_that_cannot_be_read_is_a_fault_that_names_the_file(found_by, given):
    Path(given.databases).mkdir()
    images, labels = pair_paths(given.databases, "mine")
    write_pair(images, labels, [(np.zeros((2, 2304), np.uint8), np.eye(2, dtype=np.float32))])
    assert "data set mine" not in found_by(doctor.data)
    images.write_bytes(images.read_bytes()[:-1])
    found = found_by(doctor.data)["data set mine"]
    assert (found.state, str(images) in found.found) == (FAULT, True)


def test_an_extra_that_does_not_load_is_a_warning_with_the_command_for_it(found_by, monkeypatch):
    def fail(name):
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr("importlib.import_module", fail)
    found = found_by(doctor.extras)
    assert found.keys() == {"matplotlib", "cv2", "sklearn"}
    assert {one.state for one in found.values()} == {WARNING}
    assert found["cv2"].found == "libGL.so.1: cannot open shared object file"
    assert "python -m pip install -e '.[photos]'" in found["cv2"].advice


# ------------------------------------------------------------------------- TensorBoard and speed


@pytest.fixture
def instead_of_tensorboard(monkeypatch):
    """Sets a script that is started for TensorBoard."""
    return lambda code: monkeypatch.setattr(doctor, "TENSORBOARD", (sys.executable, "-c", code))


def test_a_tensorboard_that_does_not_start_is_a_fault_with_its_last_words(
    instead_of_tensorboard, found_by
):
    instead_of_tensorboard("print('Hello.')\nimport no_pkg_resources")
    found = found_by(doctor.tensorboard)["TensorBoard"]
    said = "ModuleNotFoundError: No module named 'no_pkg_resources'"
    assert (found.found, found.state) == (f"ends at its start: {said}", FAULT)
    assert "pip install --upgrade tensorboard" in found.advice


@pytest.mark.parametrize("code", ["", "print('http://127.0.0.1:1/', flush=True)"])
def test_a_tensorboard_that_does_not_answer_in_time_is_a_fault(
    code, instead_of_tensorboard, found_by, monkeypatch
):
    monkeypatch.setattr(doctor, "TENSORBOARD_SECONDS", 0.5)
    instead_of_tensorboard(f"{code}\nimport time\ntime.sleep(600)")
    found = found_by(doctor.tensorboard)["TensorBoard"]
    assert (found.found, found.state) == ("does not answer within 0.5 s", FAULT)


def test_a_tensorboard_that_answers_is_fine_whatever_proxy_there_is(
    instead_of_tensorboard, found_by, monkeypatch
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.delenv("no_proxy", raising=False)
    instead_of_tensorboard(SERVER)
    assert found_by(doctor.tensorboard)["TensorBoard"].state == OK


def test_the_speed_to_compare_with_is_the_readme_s():
    text = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    (first,) = re.findall(r"(?m)^\| nn4, images a second \| ([\d,]+) \|", text)
    assert int(first.replace(",", "")) == doctor.README_SPEED
    assert doctor.README_MACHINE in text


@pytest.mark.parametrize(("times", "told", "state"), [(0.25, "0.25", WARNING), (2, "2", OK)])
def test_a_speed_far_below_the_readme_s_is_a_warning(times, told, state):
    found = doctor.compared("nn4", "float32", times * doctor.README_SPEED)
    assert f"{times * doctor.README_SPEED:,.0f} images a second, {told} times" in found.found
    assert (found.state, bool(found.advice)) == (state, state == WARNING)


def test_a_speed_in_another_precision_is_compared_with_none():
    found = doctor.compared("nn4", "bfloat16", 100)
    assert found == Finding("speed, bfloat16", "nn4 trains on 100 images a second")


def test_a_lab_s_speed_is_that_of_its_calls_after_the_first(monkeypatch):
    ticks = itertools.chain([0, 90], itertools.count(100))  # the first call takes 90 s, others 1 s
    clock = SimpleNamespace(perf_counter=lambda: next(ticks), monotonic=time.monotonic)
    monkeypatch.setattr("labs.training.clock.time", clock)
    assert doctor.images_per_second(nn3.lab, "float32", 0.0) == nn3.lab.batch_size
    assert next(ticks) == 102  # two calls


# --------------------------------------------------------------------------------- the command


def fine(given):
    yield Finding("a thing", "fine")


def doubtful(given):
    yield Finding("a thing", "doubtful", WARNING, "Look at it.")


def faulty(given):
    yield Finding("a thing", "broken", FAULT, "Mend it.")


def raising_twice_told(given):
    yield Finding("a thing", "fine")
    raise RuntimeError("it went\nwrong.")


def refusing(given):
    raise InputError("a: found b, expected c.")


def never(given):
    raise AssertionError


def test_a_check_that_raises_is_a_finding_and_the_others_go_on(given):
    found = list(doctor.findings([raising_twice_told, refusing, doubtful], given))
    assert [one.state for one in found] == [OK, FAULT, FAULT, WARNING]
    assert found[1].what == "raising twice told"
    assert found[1].found == "the check ended in RuntimeError: it went wrong"
    assert found[1].advice
    assert found[2] == Finding("refusing", "a: found b, expected c.", FAULT)


@pytest.mark.parametrize(
    ("checks", "code"), [((fine,), 0), ((fine, doubtful), 0), ((faulty, fine), 1), ((never,), 1)]
)
def test_the_exit_code_is_1_where_there_is_a_fault(checks, code, said_by, monkeypatch):
    monkeypatch.setattr(doctor, "QUICK", checks)
    assert said_by(doctor, "--quick")[0] == code


def test_a_wrong_command_is_answered_with_2_and_a_sentence(said_by):
    code, out, error = said_by(doctor, "--speed")
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert "unrecognized arguments: --speed" in error


def test_quick_leaves_out_what_is_slow(said_by, monkeypatch):
    monkeypatch.setattr(doctor, "QUICK", (fine,))
    monkeypatch.setattr(doctor, "SLOWER", (faulty,))
    assert said_by(doctor, "--quick")[0] == 0
    assert said_by(doctor)[0] == 1


def test_each_finding_is_a_line_with_its_mark_and_what_to_do(said_by, monkeypatch):
    monkeypatch.setattr(doctor, "QUICK", (fine, doubtful, faulty))
    _, out, error = said_by(doctor, "--quick")
    lines = [line.split() for line in out.splitlines()]
    assert lines == [
        ["ok", "a", "thing", "fine"],
        ["warning", "a", "thing", "doubtful.", "Look", "at", "it."],
        ["fault", "a", "thing", "broken.", "Mend", "it."],
    ]
    assert error == ""


def test_json_says_the_same_and_nothing_else(said_by, monkeypatch):
    monkeypatch.setattr(doctor, "QUICK", (fine, faulty))
    code, out, _ = said_by(doctor, "--quick", "--json")
    assert code == 1
    assert json.loads(out) == [
        {"what": "a thing", "found": "fine", "state": "ok", "advice": ""},
        {"what": "a thing", "found": "broken", "state": "fault", "advice": "Mend it."},
    ]


def doctor_in_a_process_of_its_own(*words, flags=(), **variables):
    return subprocess.run(
        [sys.executable, *flags, "-m", "labs.doctor", *words],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )


def test_help_does_not_load_tensorflow():
    done = doctor_in_a_process_of_its_own("--help", flags=("-X", "importtime"))
    assert (done.returncode, "labs.doctor" in done.stdout) == (0, True)
    assert not re.search(r"\btensorflow\.|\bkeras\.", done.stderr)


@pytest.mark.slow
def test_a_whole_run_where_onednn_is_switched_off(given, tmp_path):
    words = ["--quick", "--json", "--logs", given.logs, "--databases", given.databases]
    done = doctor_in_a_process_of_its_own(*words, TF_ENABLE_ONEDNN_OPTS="0")
    assert done.stderr == ""
    found = {one["what"]: one for one in json.loads(done.stdout)}
    assert {"Python", "tensorflow", "GPUs", "precision", "data sets", "cores"} <= found.keys()
    assert not any(one["found"].startswith("the check ended") for one in found.values())
    assert all(bool(one["advice"]) == (one["state"] != OK) for one in found.values())
    assert done.returncode == int(any(one["state"] == FAULT for one in found.values()))
    if found["oneDNN"]["found"] != "not in this TensorFlow":
        assert found["oneDNN"]["found"] == "off, by TF_ENABLE_ONEDNN_OPTS=0"
    assert list(tmp_path.iterdir()) == []

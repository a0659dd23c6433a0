"""TensorFlow is imported without words, as the labs need it, and without what no lab needs."""

import os
import pty
import subprocess
import sys

import keras
import pytest

from dsutil import InputError
from labs.machines import quiet

# --------------------------------------------------------------------------------- standard error


@pytest.fixture
def through_descriptor_2(monkeypatch):
    """Makes `sys.stderr` what it is without pytest, once a test runs."""
    return lambda: monkeypatch.setattr(sys, "stderr", open(2, "w", closefd=False))


def test_what_is_held_back_is_shown_after_an_error_and_not_before(through_descriptor_2, capfd):
    through_descriptor_2()
    with pytest.raises(ZeroDivisionError), quiet.held_back_stderr():  # noqa: PT012
        os.write(2, b"by C++\n")
        print("by Python, without an end", end="", file=sys.stderr)
        assert capfd.readouterr().err == ""
        raise ZeroDivisionError
    assert capfd.readouterr().err == "by C++\nby Python, without an end"


@pytest.mark.parametrize("end", [None, InputError("a sentence"), KeyboardInterrupt()])
def test_what_is_held_back_is_not_shown_after_success_a_sentence_or_ctrl_c(
    end, through_descriptor_2, capfd
):
    through_descriptor_2()
    try:
        with quiet.held_back_stderr():
            os.write(2, b"by C++\n")
            print("by Python", file=sys.stderr)
            if end:
                raise end
    except (InputError, KeyboardInterrupt):
        pass
    print("afterwards", file=sys.stderr, flush=True)
    assert capfd.readouterr().err == "afterwards\n"


class NoFile:
    """A stream such as a notebook has: no file, no encoding, no more than `write`."""

    def write(self, text):
        return len(text)


@pytest.mark.parametrize("stream", [NoFile(), None], ids=["a notebook's", "none"])
def test_standard_error_that_is_no_file_is_left_in_peace(stream, monkeypatch, capfd):
    monkeypatch.setattr(sys, "stderr", stream)
    with quiet.held_back_stderr():
        os.write(2, b"by C++\n")
    print("said", file=sys.stderr)
    assert "by C++" not in capfd.readouterr().err


@pytest.mark.parametrize("closed", ["2>&-", "2>&- 1>&-", "0<&- 1>&- 2>&-"])
def test_no_file_gets_the_descriptor_of_standard_error_where_that_is_closed(closed, tmp_path):
    script = f"""
import os, sys
from labs.machines import quiet
with quiet.held_back_stderr():
    os.write(2, b"by C++")
print("by Python", file=sys.stderr)
with open({str(tmp_path / "file")!r}, "w") as file:
    os.write(2, b"by C++")
    print(file.fileno(), file=file)
"""
    words = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, script]
    assert subprocess.run(words).returncode == 0
    assert int((tmp_path / "file").read_text()) != 2


# ---------------------------------------------------------------------------------- the first word


@pytest.fixture
def keras_that_ends(tmp_path):
    """The environment of a process that dies, without a word more, when it begins to load Keras."""
    (tmp_path / "keras.py").write_text("import os\nos._exit(7)\n")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    return os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": ""}


def test_a_lab_says_at_once_what_takes_the_next_seconds(keras_that_ends, faces, tmp_path):
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path]
    command = [sys.executable, "-m", "labs.nn4", *words]
    done = subprocess.run(command, env=keras_that_ends, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "nn4: loading TensorFlow\n")


def test_what_is_asked_about_a_lab_is_answered_without_that_line(keras_that_ends):
    for option, code in (("--help", 0), ("--describe", 7), ("--iterations=none", 2)):
        command = [sys.executable, "-m", "labs.nn4", option]
        done = subprocess.run(command, env=keras_that_ends, capture_output=True, text=True)
        assert (done.returncode, "loading" in done.stdout) == (code, False)


def test_a_tool_says_it_on_a_terminal_and_nowhere_else(keras_that_ends, trained_runs):
    command = [sys.executable, "-m", "labs.predict", trained_runs / "nn4/r", "--data", "tiny"]
    done = subprocess.run(command, env=keras_that_ends, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")
    here, terminal = pty.openpty()
    done = subprocess.run(command, env=keras_that_ends, stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    assert (done.returncode, done.stdout) == (7, b"")
    assert os.read(here, 1000) == b"loading TensorFlow\r\n"
    os.close(here)


# -------------------------------------------------------------------------------------- TensorFlow


def test_what_counts_as_not_installed_cannot_be_imported_for_a_while():
    assert "sched" not in sys.modules
    with quiet.not_installed("sched", "json"):
        with pytest.raises(ModuleNotFoundError):
            import sched
        import json  # was imported before, and stays

        assert json.loads("1") == 1
    import sched

    assert sched.scheduler


def test_tensorflow_comes_without_a_word_and_without_large_libraries_that_labs_do_not_use():
    script = """
import sys
from labs.machines import quiet
tf, keras = quiet.load_tensorflow()
print(sorted({"matplotlib", "pandas", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[]\n"


@pytest.fixture
def keras_again():
    """Puts Keras's settings back."""
    yield
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)


@pytest.mark.usefixtures("keras_again")
def test_what_a_program_has_set_in_keras_is_set_as_the_labs_need_it():
    keras.config.set_image_data_format("channels_first")
    keras.config.set_floatx("float16")
    keras.config.set_epsilon(0.5)
    quiet.load_tensorflow()
    assert keras.config.image_data_format() == "channels_last"
    assert keras.config.floatx() == "float32"
    assert keras.config.epsilon() == 1e-7


def test_keras_that_is_loaded_with_another_backend_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(InputError, match=r"backend 'jax'.*KERAS_BACKEND=tensorflow\.$"):
        quiet.load_tensorflow()


@pytest.mark.parametrize(
    ("text", "variables", "told"),
    [
        ('{"floatx": "bfloat16"}', {}, "`floatx`"),
        ('{"epsilon": 1}', {}, "`epsilon`"),
        ('{"image_data_format": []}', {}, "unhashable"),
        ("[]", {}, "'list'"),
        ("{}", {"KERAS_MAX_EPOCHS": "many"}, "'many'"),
    ],
)
def test_what_keras_cannot_be_configured_with_is_told_in_a_sentence(
    text, variables, told, tmp_path, faces
):
    (tmp_path / "keras.json").write_text(text)
    words = ["--databases", faces, "--train", "tiny", "--test", "other", "--logs", tmp_path / "l"]
    done = subprocess.run(
        [sys.executable, "-m", "labs.nn2", *words],
        env=os.environ | {"KERAS_HOME": str(tmp_path)} | variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: Keras cannot be configured: ")
    assert told in line
    assert str(tmp_path / "keras.json") in line
    assert not list((tmp_path / "l").rglob("*"))  # no run is begun


def test_a_mistake_in_keras_itself_keeps_its_traceback(tmp_path):
    (tmp_path / "keras.py").write_text("raise ValueError('not of the configuration')")
    script = "from labs.machines import quiet; quiet.load_tensorflow()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "ValueError: not of the configuration" in done.stderr

"""Nothing that is loaded can run code, lead elsewhere, or ask for the impossible."""

import ast
import json
import zipfile
from pathlib import Path

import keras
import pytest

import layers as Layers
from labs import nn2

ROOT = Path(Layers.__file__).parents[1]
SOURCES = [path for name in ("dsutil", "labs", "layers") for path in (ROOT / name).rglob("*.py")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_unpickles_or_evaluates(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
            assert not names & {"pickle", "marshal", "shelve", "dill", "joblib"}
        if isinstance(node, ast.ImportFrom):
            assert node.module.partition(".")[0] not in {"pickle", "marshal", "shelve", "joblib"}
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if isinstance(node.func, ast.Name):
                assert name not in {"eval", "exec", "compile"}
            for keyword in node.keywords:
                assert (keyword.arg, getattr(keyword.value, "value", None)) not in {
                    ("allow_pickle", True),
                    ("safe_mode", False),
                    ("shell", True),
                }
            assert name != "enable_unsafe_deserialization"


@pytest.fixture
def keras_file(tmp_path):
    """Saves a network of ours, and writes it anew with its configuration changed."""

    def write(change):
        x = keras.Input((4,))
        model = keras.Model(x, Layers.BatchNormalizer(3)(Layers.fc(x, 3, "fc_1")))
        model.save(tmp_path / "good.keras")
        with zipfile.ZipFile(tmp_path / "good.keras") as good:
            parts = {name: good.read(name) for name in good.namelist()}
        config = json.loads(parts["config.json"])
        change(config)
        parts["config.json"] = json.dumps(config).encode()
        with zipfile.ZipFile(tmp_path / "bad.keras", "w") as bad:
            for name, content in parts.items():
                bad.writestr(name, content)
        return tmp_path / "bad.keras"

    return write


def inject_lambda(config):
    marker = "__import__('pathlib').Path('{0}').touch()"
    code = keras.src.utils.python_utils.func_dump(eval(f"lambda x: {marker}"))
    config["config"]["layers"][1] |= {
        "class_name": "Lambda",
        "module": "keras.layers",
        "config": {
            "name": "fc_1",
            "function": {
                "class_name": "__lambda__",
                "config": {"code": code[0], "defaults": None, "closure": None},
            },
        },
    }


def inject_module(module, name):
    def change(config):
        config["config"]["layers"][1] |= {
            "class_name": name,
            "module": module,
            "registered_name": name,
            "config": {"command": "touch hostile", "args": "touch hostile", "name": "fc_1"},
        }

    return change


def inject_activation(config):
    config["config"]["layers"][1]["config"]["activation"] = {
        "class_name": "function",
        "module": "os",
        "config": "system",
        "registered_name": "function",
    }


def inject_initializer(config):
    config["config"]["layers"][1]["config"]["kernel_initializer"] = {
        "class_name": "Popen",
        "module": "subprocess",
        "registered_name": "Popen",
        "config": {"args": ["touch", "hostile"]},
    }


@pytest.mark.parametrize(
    "change",
    [
        inject_lambda,
        inject_module("os", "system"),
        inject_module("subprocess", "Popen"),
        inject_module("builtins", "exec"),
        inject_activation,
        inject_initializer,
    ],
    ids=["lambda", "os.system", "Popen", "exec", "activation", "initializer"],
)
def test_a_hostile_keras_file_runs_nothing(change, keras_file, tmp_path, monkeypatch):
    path = keras_file(change)
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, TypeError)):
        keras.saving.load_model(path)
    assert not (tmp_path / "hostile").exists()


OPTIONS = [
    ("batch_size", 10**12),
    ("batch_size", "16"),
    ("batch_size", 16.0),
    ("batch_size", True),
    ("iterations", -1),
    ("iterations", 10**30),
    ("learning_rate", [1e-3]),
    ("learning_rate", float("inf")),
    ("learning_rate", {"x": 1}),
    ("seed", None),
    ("train", "../../etc/passwd"),
    ("train", 7),
    ("databases", "a\0b"),
    ("precision", "float8"),
    ("summary_every", 0),
    ("logs", "/etc"),
    ("run", "../../elsewhere"),
    ("restore", False),
]


@pytest.fixture
def begun(run_lab, tmp_path):
    run_lab(nn2, "--run", "r", "--iterations", 1)
    return tmp_path / "nn2/r/config.json"


def refusal(run_lab, capsys):
    capsys.readouterr()
    assert run_lab(nn2, "--run", "r", "--restore", "--iterations", 2) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_options_that_no_run_could_have_recorded_are_refused(begun, run_lab, capsys):
    config = json.loads(begun.read_text())
    for name, value in OPTIONS:
        if name == "iterations":  # given anew below, and still not believed
            assert value != 2
        changed = config | {"options": config["options"] | {name: value}}
        begun.write_text(json.dumps(changed))
        sentence = refusal(run_lab, capsys)
        assert name.replace("_", "-") in sentence.replace("_", "-") or "../" in sentence, value


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"lab": "nn2", "format": 1, "format": true}',
        '{"lab": "nn2", "format": ' + "9" * 5000 + "}",
        "\ufeff{}",
        " " * 2**21,
    ],
    ids=["nested", "bool", "digits", "mark", "large"],
)
def test_a_config_that_is_no_config_is_refused(begun, run_lab, capsys, text):
    begun.write_text(text, encoding="utf-8")
    assert "config.json is damaged" in refusal(run_lab, capsys)


def test_a_config_that_is_no_file_is_refused(begun, run_lab, capsys):
    begun.unlink()
    begun.mkdir()
    assert "config.json is damaged" in refusal(run_lab, capsys)

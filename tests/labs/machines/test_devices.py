import pytest
import tensorflow as tf

from dsutil import InputError
from labs.machines import devices


@pytest.mark.parametrize(
    ("flags", "native"),
    [
        ("fpu sse avx2 fma", False),
        ("avx512f avx512_vnni", False),
        ("avx512f avx512_bf16", True),
        ("avx512f amx_tile amx_bf16", True),
        ("fp asimd bf16 i8mm", True),  # Arm
    ],
)
def test_bfloat16_is_chosen_only_where_the_processor_has_it(flags, native, monkeypatch):
    monkeypatch.setattr(devices, "processor_flags", lambda: set(flags.split()))
    assert devices.choose_precision("auto") == ("bfloat16" if native else "float32")
    assert devices.choose_precision("float32") == "float32"
    assert devices.choose_precision("bfloat16") == "bfloat16"


@pytest.mark.parametrize(
    ("capability", "native"), [((7, 5), False), ((8, 0), True), ((9, 0), True)]
)
def test_bfloat16_is_chosen_only_where_the_gpu_has_it(capability, native, monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    details = {"compute_capability": capability}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert devices.native_bfloat16() == native


def test_one_device_is_one_replica():
    name, strategy = devices.choose_strategy("auto")
    assert name == "one"
    assert strategy.num_replicas_in_sync == 1


def test_multiworker_without_a_cluster_says_what_is_missing(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(InputError, match="TF_CONFIG"):
        devices.choose_strategy("multiworker")

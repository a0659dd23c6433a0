"""Who trains together, by TF_CONFIG or Slurm."""

import itertools
import json

import pytest

from dsutil import InputError
from labs import nn2
from labs.machines import cluster

SLURM = {
    "SLURM_JOB_ID": "7",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NODELIST": "n[9-10]",
    "SLURM_STEP_TASKS_PER_NODE": "2(x2)",
    "SLURM_PROCID": "1",
    "SLURM_LOCALID": "1",
    "SLURMD_NODENAME": "n9",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Sets these variables, and no other ones that tell of a cluster."""

    def put(**variables):
        for name in (*SLURM, "TF_CONFIG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    put()
    return put


def tf_config(index=0, type_="worker", **jobs):
    return json.dumps({"cluster": jobs, "task": {"type": type_, "index": index}})


def test_the_workers_of_tf_config():
    found = cluster.from_tf_config(tf_config(1, worker=["a:1001", "b:1002"]))
    assert found == cluster.Cluster(("a:1001", "b:1002"), 1)


@pytest.mark.parametrize(("type_", "index", "expected"), [("chief", 0, 0), ("worker", 1, 2)])
def test_a_chief_of_tf_config_comes_before_its_workers(type_, index, expected):
    text = tf_config(index, type_, worker=["a:1001", "b:1002"], chief=["c:1003"])
    assert cluster.from_tf_config(text) == cluster.Cluster(("c:1003", "a:1001", "b:1002"), expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{cluster", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", '"cluster"'),
        ("7", '"cluster"'),
        ('{"cluster": []}', '"cluster"'),
        ('{"cluster": "a:1001"}', '"cluster"'),
        (tf_config(worker=["a:1001"], ps=["b:1002"]), '"cluster"'),
        (tf_config(worker=[]), "no address"),
        (tf_config(worker="a:1001"), "no address"),
        (tf_config(worker=["a:1001", "a:1001"]), "twice"),
        (tf_config(worker=["a"]), "'a'"),
        (tf_config(worker=["a:"]), "'a:'"),
        (tf_config(worker=["a:99999"]), "99999"),
        (tf_config(worker=["a:" + "9" * 5000]), "99999"),
        (tf_config(worker=["a:1\u0661\u0661\u0661"]), "a:1"),
        (tf_config(worker=[7]), "7"),
        (tf_config(2, worker=["a:1001", "b:1002"]), "'index': 2"),
        (tf_config(-1, worker=["a:1001", "b:1002"]), "'index': -1"),
        (tf_config("0", worker=["a:1001"]), "'index': '0'"),
        (tf_config(0, "evaluator", worker=["a:1001"]), "evaluator"),
        (tf_config(0, ["worker"], worker=["a:1001"]), "['worker']"),
        ('{"cluster": {"worker": ["a:1001", "b:1002"]}}', '"task" None'),
        ('{"cluster": {"worker": ["a:1001"]}, "task": 3}', '"task" 3'),
    ],
)
def test_a_damaged_tf_config_is_told_in_a_sentence_with_an_example(text, told):
    with pytest.raises(InputError) as refused:
        cluster.from_tf_config(text)
    assert told in str(refused.value)
    assert cluster.EXAMPLE in str(refused.value)


ALONE = ["", " \n", "null", "{}", '{"environment": "cloud"}', '{"cluster": null}']
ALONE += ['{"cluster": {}}', '{"cluster": {}, "task": {"type": "worker", "index": 3}}']


@pytest.mark.parametrize("text", ALONE)
def test_a_tf_config_without_a_cluster_is_none(text, environment):
    environment(TF_CONFIG=text)
    assert cluster.find("auto") is None
    with pytest.raises(InputError, match=r"srun.*TF_CONFIG"):
        cluster.find("multiworker")
    environment(TF_CONFIG=text, **SLURM)
    assert len(cluster.find("auto").addresses) == 4


@pytest.mark.parametrize("task", ["", ', "task": {"type": "worker", "index": 0}', ', "task": null'])
def test_a_tf_config_of_one_worker_is_that_worker_s(task, environment):
    environment(TF_CONFIG='{"cluster": {"worker": ["a:1001"]}' + task + "}")
    assert cluster.find("auto") is None
    assert cluster.find("multiworker") == cluster.Cluster(("a:1001",), 0)


def test_each_task_of_slurm_has_an_address_of_its_own_whatever_order_they_come_in(environment):
    indices = set()
    for machine in ("n9", "n10"):  # by name n10 comes before n9, by number after it
        for local in ("0", "1"):
            environment(**SLURM | {"SLURMD_NODENAME": machine, "SLURM_LOCALID": local})
            found = cluster.find("auto")
            host, port = found.addresses[found.index].split(":")
            assert (host, int(port) - 12_001 - 64 * 7) == (machine, int(local))
            indices.add(found.index)
    assert indices == {0, 1, 2, 3}


def test_jobs_of_slurm_that_share_a_machine_have_different_ports(environment):
    addresses = set()
    for job in ("7", "8"):
        environment(**SLURM | {"SLURM_JOB_ID": job})
        addresses.update(cluster.find("auto").addresses)
    assert len(addresses) == 8


def told_by(strategy):
    """What `find` refuses with, one line; None if this process trains alone or with others."""
    try:
        cluster.find(strategy)
    except InputError as refused:
        (line,) = str(refused).splitlines()
        return line
    return None


PARTS = [set(part) for n in range(len(SLURM)) for part in itertools.combinations(SLURM, n)]


@pytest.mark.parametrize("tasks", ["1", "4"])
def test_slurm_s_variables_in_part_are_one_task_or_a_sentence_that_names_the_others(
    tasks, environment
):
    for part in PARTS:
        environment(**{name: SLURM[name] for name in part} | {"SLURM_STEP_NUM_TASKS": tasks})
        missing = set(SLURM) - part - {"SLURM_STEP_NUM_TASKS"}
        if tasks == "1":
            assert told_by("auto") is None
        elif missing:
            assert all(name in told_by("auto") for name in missing), part
        if missing:
            assert all(name in told_by("multiworker") for name in missing), part


def test_slurm_s_variables_without_a_step_are_no_cluster(environment):
    for part in PARTS:
        environment(**{name: SLURM[name] for name in part - {"SLURM_STEP_NUM_TASKS"}})
        assert told_by("auto") is None
        assert "start it with Slurm's srun" in told_by("multiworker")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLURM_STEP_NUM_TASKS", "many"),
        ("SLURM_STEP_NUM_TASKS", "-4"),
        ("SLURM_STEP_NUM_TASKS", "4.0"),
        ("SLURM_STEP_NUM_TASKS", "9" * 5000),
        ("SLURM_STEP_NUM_TASKS", "3"),
        ("SLURM_JOB_ID", "seven"),
        ("SLURM_PROCID", "first"),
        ("SLURM_LOCALID", "x"),
        ("SLURM_LOCALID", "2"),
        ("SLURM_LOCALID", "-1"),
        ("SLURMD_NODENAME", "n8"),
        ("SLURM_STEP_NODELIST", "n[9-"),
        ("SLURM_STEP_NODELIST", "n[9-x]"),
        ("SLURM_STEP_NODELIST", "n9,,n10"),
        ("SLURM_STEP_NODELIST", "n9\n]"),
        ("SLURM_STEP_NODELIST", ","),
        ("SLURM_STEP_NODELIST", "n9"),
        ("SLURM_STEP_TASKS_PER_NODE", "2(x"),
        ("SLURM_STEP_TASKS_PER_NODE", "two"),
        ("SLURM_STEP_TASKS_PER_NODE", "2(x0)"),
    ],
)
def test_malformed_variables_of_slurm_are_told_in_a_sentence(name, value, environment, monkeypatch):
    monkeypatch.setenv("PATH", "")  # nobody asks scontrol
    environment(**SLURM | {name: value})
    for strategy in ("auto", "multiworker"):
        assert "start the workers with srun" in told_by(strategy).lower()
    if name != "SLURM_STEP_NUM_TASKS":
        environment(**SLURM | {name: value, "SLURM_STEP_NUM_TASKS": "1"})
        assert told_by("auto") is None


def test_tf_config_goes_before_slurm(environment):
    environment(**SLURM, TF_CONFIG=tf_config(worker=["a:1001", "b:1002"]))
    assert cluster.find("auto").addresses == ("a:1001", "b:1002")


def test_auto_trains_alone_where_there_is_one_worker(environment):
    alone = SLURM | {"SLURM_STEP_NUM_TASKS": "1", "SLURM_STEP_TASKS_PER_NODE": "1"}
    alone |= {"SLURM_STEP_NODELIST": "n9", "SLURM_LOCALID": "0"}
    assert cluster.find("auto") is None
    environment(**alone)
    assert cluster.find("auto") is None
    assert len(cluster.find("multiworker").addresses) == 1
    environment(TF_CONFIG=tf_config(worker=["a:1001"]))
    assert cluster.find("auto") is None
    assert len(cluster.find("multiworker").addresses) == 1


def test_a_damaged_tf_config_ends_a_lab_before_it_starts(environment, run_lab, tmp_path, capsys):
    environment(TF_CONFIG="{cluster")
    assert run_lab(nn2) == 2
    assert capsys.readouterr().err.startswith("error: TF_CONFIG is no JSON")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("strategy", ["one", "mirrored"])
def test_a_strategy_without_workers_does_not_look_for_any(strategy, environment):
    environment(TF_CONFIG="damaged")
    assert cluster.find(strategy) is None


def test_multiworker_without_a_cluster_says_how_to_tell_of_one():
    with pytest.raises(InputError, match=r"srun.*TF_CONFIG"):
        cluster.find("multiworker")


def test_before_tensorflow_is_loaded_only_a_worker_of_tf_config_is_known_not_to_print(environment):
    assert cluster.may_be_chief("auto")
    environment(**SLURM)
    assert cluster.may_be_chief("auto")
    for index in (0, 1):
        environment(TF_CONFIG=tf_config(index, worker=["a:1001", "b:1002"]))
        assert cluster.may_be_chief("multiworker") == cluster.may_be_chief("auto") == (index == 0)
        assert cluster.may_be_chief("one")

"""The manifest in the README: a TFJob of Kubeflow's, whose command restores what has begun.

The schema is a transcription of Kubeflow's custom resource definition: the parts that the manifest
may use.
"""

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from labs.machines import cluster

README = Path(cluster.__file__).with_name("README.md")


def closed(required=(), **properties):
    """The schema of an object without other properties: the API server drops or refuses them."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
TEXTS = {"type": "array", "items": TEXT}
QUANTITY = {"anyOf": [WHOLE, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?([KMGT]i?|m)?$"}]}
QUANTITIES = {"type": "object", "additionalProperties": QUANTITY}
POD = closed(
    ["containers"],
    containers={
        "type": "array",
        "minItems": 1,
        "items": closed(
            ["name"],
            name=TEXT,
            image=TEXT,
            workingDir=TEXT,
            command=TEXTS,
            args=TEXTS,
            resources=closed(limits=QUANTITIES, requests=QUANTITIES),
            volumeMounts={
                "type": "array",
                "items": closed(["mountPath", "name"], mountPath=TEXT, name=TEXT),
            },
        ),
    },
    volumes={
        "type": "array",
        "items": closed(
            ["name"],
            name=TEXT,
            persistentVolumeClaim=closed(["claimName"], claimName=TEXT),
        ),
    },
)
# Source: kubeflow/training-operator, manifests/base/crds/kubeflow.org_tfjobs.yaml, version v1, with
# the values that the texts there allow; of a pod those parts that the manifest may have.
TFJOB = closed(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "kubeflow.org/v1"},
    kind={"const": "TFJob"},
    metadata=closed(["name"], name={"type": "string", "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"}),
    spec=closed(
        ["tfReplicaSpecs"],
        enableDynamicWorker={"type": "boolean"},
        successPolicy={"enum": ["", "AllWorkers"]},
        runPolicy=closed(
            activeDeadlineSeconds=WHOLE,
            backoffLimit=WHOLE,
            cleanPodPolicy={"enum": ["All", "Running", "None"]},
            suspend={"type": "boolean"},
            ttlSecondsAfterFinished=WHOLE,
        ),
        tfReplicaSpecs={
            "type": "object",
            "propertyNames": {"enum": ["Chief", "Master", "Worker", "PS", "Evaluator"]},
            "additionalProperties": closed(
                replicas=WHOLE,
                restartPolicy={"enum": ["Always", "OnFailure", "Never", "ExitCode"]},
                template=closed(["spec"], metadata={"type": "object"}, spec=POD),
            ),
        },
    ),
)


@pytest.fixture
def manifest():
    return yaml.safe_load(re.search("```yaml\n(.*?)```", README.read_text(), re.DOTALL)[1])


def container_of(manifest):
    (container,) = manifest["spec"]["tfReplicaSpecs"]["Worker"]["template"]["spec"]["containers"]
    return container


def test_the_manifest_is_a_tfjob(manifest):
    jsonschema.validate(manifest, TFJOB)
    assert container_of(manifest)["name"] == "tensorflow"  # the operator looks for it


@pytest.mark.parametrize(("begun", "expected"), [(False, []), (True, ["--restore"])])
def test_its_command_restores_a_run_that_has_begun(begun, expected, manifest, tmp_path):
    checkpoints = tmp_path / "logs/nn4/first/checkpoints"
    checkpoints.mkdir(parents=True)
    (checkpoints / "checkpoint").touch()  # which alone is nothing to go on from
    if begun:
        (checkpoints / "ckpt-0.index").touch()
    (tmp_path / "python").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "python").chmod(0o755)
    container = container_of(manifest)
    script = container["args"][0].replace("/logs/", f"{tmp_path}/logs/")
    told = subprocess.run(
        [*container["command"], script],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()
    assert told[:2] == ["-m", "labs.nn4"]
    assert [word for word in told if word == "--restore"] == expected


def test_what_the_operator_puts_into_tf_config_is_understood(monkeypatch):
    addresses = [f"nn4-worker-{index}.default.svc:2222" for index in range(4)]
    told = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": 2}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(told | {"environment": "cloud"}))
    assert cluster.find("auto") == cluster.Cluster(tuple(addresses), 2)

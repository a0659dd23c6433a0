"""python -m labs.machines.on_ray --workers 2 labs.nn4 --run first: a lab as a job of Ray Train.

Ray tells the workers of one another, and starts all of them again when one dies; they go on from
the run's newest checkpoint, which is on the chief's machine, or where all machines see it.
"""

import argparse
import importlib
import os
from pathlib import Path

from dsutil.errors import InputError, exit_with_sentence


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m labs.machines.on_ray")
    parser.add_argument("--workers", type=int, default=2, help="each needs a core (default: 2)")
    parser.add_argument("--cpus", type=int, default=1, help="cores of each (default: 1)")
    parser.add_argument(
        "--failures", type=int, default=10, help="how often to start again (default: 10)"
    )
    parser.add_argument("lab", help="its module, such as labs.nn4")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="the lab's; --run is needed")
    given = parser.parse_args(arguments)
    with exit_with_sentence():
        _lab(given.lab)
        if not _run_of(given.options).run:
            raise InputError("A run that Ray starts again needs a name: expected --run NAME.")
        trainer(given.lab, given.options, given.workers, given.cpus, given.failures).fit()


def trainer(lab, options, workers, cpus=1, failures=10):
    """A `ray.train.tensorflow.TensorflowTrainer` whose `fit()` trains a lab.

    Args:
        lab: its module, such as "labs.nn4".
        options: those of its command, as a list; with `--run NAME`.
        workers: how many.
        cpus: the cores of each.
        failures: how often Ray starts the workers again.
    """
    from ray import train
    from ray.train.tensorflow import TensorflowTrainer

    return TensorflowTrainer(
        _train,
        train_loop_config={"lab": lab, "options": [str(option) for option in options]},
        scaling_config=train.ScalingConfig(num_workers=workers, resources_per_worker={"CPU": cpus}),
        run_config=train.RunConfig(failure_config=train.FailureConfig(max_failures=failures)),
    )


def _train(config):
    """What each worker does: the lab's command, in a process that Ray has told of the others."""
    from ray.train.collective import broadcast_from_rank_zero

    os.environ.pop("TF_USE_LEGACY_KERAS", None)  # Ray sets it, and the labs are written for Keras 3
    lab = _lab(config["lab"])
    options = ["--strategy", "multiworker", *config["options"]]
    if broadcast_from_rank_zero(_has_begun(lab, options)):
        options.append("--restore")
    try:
        lab.main(options)
    except SystemExit as exit:
        if exit.code:
            raise RuntimeError(f"{lab.name} ended with exit code {exit.code}") from None


def _lab(module):
    """The lab of a module."""
    try:
        return importlib.import_module(module).lab
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"{module}: {error}. Expected a lab's module, such as labs.nn4."
        ) from error


def _run_of(options):
    """Which run a lab's options name: `run` and `logs`."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--run")
    parser.add_argument("--logs", default="logs")
    return parser.parse_known_args(options)[0]


def _has_begun(lab, options):
    """Whether the lab's run has a checkpoint to go on from."""
    given = _run_of(options)
    return any(Path(given.logs, lab.name, given.run, "checkpoints").glob("ckpt-*.index"))


if __name__ == "__main__":
    main()

"""The run's folder for every worker: the chief has it, each other one works in a copy.

All workers do the same, so the loop asks nowhere which one it is. What those write that are not the
chief is thrown away when they end. Only the chief needs the folder, also for a restore.
"""

import base64
import re
from pathlib import Path

from labs import runs
from labs.runs import validation


def start(workers, logs, lab_name, name):
    """`runs.start` for each worker."""
    return runs.start(logs if workers.chief else workers.scratch, lab_name, name)


def restore(workers, logs, lab_name, name):
    """`runs.restore` for each worker: the chief's run, or a copy of what it goes on from."""
    if workers.chief:
        return _sent(workers, runs.restore(logs, lab_name, name))
    folder = _received(workers, Path(workers.scratch, lab_name))
    return runs.restore(workers.scratch, lab_name, folder.name)


def source(workers, begin_from):
    """The run that `--from` names, for each worker: the chief's, or a copy of it.

    Args:
        begin_from: the folder of a run, or the path of a checkpoint in it, or of one of its files;
            empty if there is none.

    Returns:
        None, or the `Run` and the name of the checkpoint, which is None for the newest.
    """
    if not begin_from:
        return None
    path, checkpoint = Path(re.sub(r"\.(index|data-\d+-of-\d+)$", "", begin_from)), None
    if path.parent.name == "checkpoints":
        path, checkpoint = path.parent.parent, path.name
    if workers.chief:
        return _sent(workers, runs.existing(path)), checkpoint
    return runs.existing(_received(workers, Path(workers.scratch, "source"))), checkpoint


def _sent(workers, run):
    """The chief's run, of which the others receive a copy."""
    if workers.count > 1:
        workers.of_chief(_packed(run))
    return run


def _received(workers, folder):
    """The path of the copy of the chief's run, in a folder."""
    packed = workers.of_chief(None)
    for file, content in packed["files"].items():
        path = folder / packed["name"] / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return folder / packed["name"]


def _packed(run):
    told = [run.path / name for name in ("config.json", validation.FILE)]
    paths = [*filter(Path.exists, told), *run.checkpoints.glob("ckpt-*")]
    files = {path.relative_to(run.path).as_posix(): path.read_bytes() for path in paths}
    encoded = {name: base64.b64encode(content).decode() for name, content in files.items()}
    return {"name": run.path.name, "files": encoded}

"""The run's folder for every worker: the chief has it, each other one works in a copy.

All workers do the same, so the loop asks nowhere which one it is. What those write that are not the
chief is thrown away when they end. Only the chief needs the folder, also for a restore.
"""

import base64
from pathlib import Path

from labs import runs
from labs.runs import validation


def start(workers, logs, lab_name, name):
    """`runs.start` for each worker."""
    return runs.start(logs if workers.chief else workers.scratch, lab_name, name)


def restore(workers, logs, lab_name, name):
    """`runs.restore` for each worker: the chief's run, or a copy of what it goes on from."""
    if workers.chief:
        run = runs.restore(logs, lab_name, name)
        if workers.count > 1:
            workers.of_chief(_packed(run))
        return run
    packed = workers.of_chief(None)
    for file, content in packed["files"].items():
        path = Path(workers.scratch, lab_name, packed["name"], file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return runs.restore(workers.scratch, lab_name, packed["name"])


def _packed(run):
    told = [run.path / name for name in ("config.json", validation.FILE)]
    paths = [*filter(Path.exists, told), *run.checkpoints.glob("ckpt-*")]
    files = {path.relative_to(run.path).as_posix(): path.read_bytes() for path in paths}
    encoded = {name: base64.b64encode(content).decode() for name, content in files.items()}
    return {"name": run.path.name, "files": encoded}

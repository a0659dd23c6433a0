"""doctor: is this machine ready for the labs? What was found, and what to do where it is not fine.

Prints a line for each thing it looks at, beginning with ok, warning or fault. The exit code is 1 if
there is a fault. It takes half a minute: TensorBoard is started, and nn4 trained for 5 seconds.
With --quick neither is done.

    python -m labs.doctor
    python -m labs.doctor --logs runs --databases faces --quick
    python -m labs.doctor --json
"""

import dataclasses
import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib import metadata
from pathlib import Path

from dsutil import DataSet, InputError, databases
from dsutil.binary import complete_names, pair_paths
from dsutil.columns import COURSE
from dsutil.errors import exit_with_sentence
from labs.machines import devices, quiet
from labs.training.options import Options, Parser

OK, WARNING, FAULT = "ok", "warning", "fault"
GB = 10**9

INSTALL = "python -m pip install -e ."
REQUIRED = ("tensorflow", "numpy", "tensorboard")  # where nothing says what is
BESIDE = ("keras", "setuptools")  # what comes with those, and matters as well
LITTLE_MEMORY = 4 * GB
X86 = ("x86_64", "AMD64")
INSTRUCTIONS = {"AVX2": "avx2", "AVX-512": "avx512f", "AMX": "amx_tile"}
FOLDERS = ("logs", "databases")
# A run of nn4 takes 12 MB, and all the faces that can be drawn 0.3 GB.
LITTLE_DISK, NO_DISK = GB, GB // 10
EXTRAS = {  # module: the extra that brings it, and what it is for
    "matplotlib": ("plots", "pictures of studies and of `compare`"),
    "cv2": ("photos", "faces in photographs"),
    "sklearn": ("sklearn", "principal components"),
}

TENSORBOARD = (sys.executable, "-m", "tensorboard.main", "--host", "127.0.0.1", "--port", "0")
TENSORBOARD_SECONDS = 60
SPEED_SECONDS = 5
IMAGES = 1000
SLOW = 0.5  # times the README's speed
# nn4 in float32 on 1,000 images in memory, and the machine, from tests/README.md.
README_SPEED = 1294  # images a second
README_MACHINE = "two cores of an AMD EPYC with AVX2"


@dataclasses.dataclass(frozen=True)
class Finding:
    """What was found of one thing.

    Attributes:
        what: the thing.
        found: how it is.
        state: "ok", "warning" or "fault"; a fault keeps labs from running.
        advice: a sentence on what to do; empty if all is well.
    """

    what: str
    found: str
    state: str = OK
    advice: str = ""

    def __str__(self):
        line = f"{self.state:<7}  {self.what:<18}  {self.found}"
        return f"{line}. {self.advice}" if self.advice else line


def main(arguments=None):
    parser = Parser("python -m labs.doctor", __doc__)
    parser.add_argument(
        "--logs", default="logs", metavar="DIR", help="folder of the runs (default: logs)"
    )
    parser.add_argument(
        "--databases",
        default=databases.DEFAULT,
        metavar="DIR",
        help=f"folder of the binary files (default: {databases.DEFAULT})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="leave out TensorBoard and speed")
    given = parser.parse_args(arguments)
    with exit_with_sentence():
        sys.exit(report(given))


def report(given):
    """Prints what is found, each line at once, or JSON at the end; returns the exit code."""
    found = []
    for finding in findings(QUICK if given.quick else QUICK + SLOWER, given):
        found.append(finding)
        if not given.json:
            print(finding, flush=True)  # the next check might end the process
    if given.json:
        print(json.dumps(list(map(dataclasses.asdict, found)), indent=2))
    return 1 if any(finding.state == FAULT for finding in found) else 0


def findings(checks, given):
    """Yields what the checks find; an exception in one is a finding as well."""
    for check in checks:
        try:
            yield from check(given)
        except Exception as error:  # whatever a broken installation raises
            yield ended(check, error)


def ended(check, error):
    """The finding on a check that ended in an exception."""
    what = check.__name__.replace("_", " ")
    said = " ".join(str(error).split())
    if isinstance(error, InputError):  # which says itself what to do
        return Finding(what, said, FAULT)
    found = f"the check ended in {type(error).__name__}: {said[:200].rstrip('.')}"
    advice = f"Run `{INSTALL}` again, and report this line if that does not help."
    return Finding(what, found, FAULT, advice)


# ------------------------------------------------------------------------------------ the checks
#
# Each takes the command line, and yields `Finding`s.


def versions(given):
    """Python and the libraries, beside the oldest that will do."""
    try:
        python, libraries = floors()
    except metadata.PackageNotFoundError:
        advice = f"Run `{INSTALL}` in the folder that holds labs/."
        yield Finding("labs", "not installed, so nothing says what they need", WARNING, advice)
        python, libraries = "3", dict.fromkeys(REQUIRED, "0")
    there = platform.python_version()
    if numbers(there) < numbers(python):
        advice = f"Install Python {python} or newer, and make a new environment with it."
        yield Finding("Python", f"{there}, older than {python}", FAULT, advice)
    else:
        yield Finding("Python", there)
    for name, floor in libraries.items():
        yield version(name, floor)
    for name in BESIDE:
        yield version(name)


def floors():
    """The oldest versions that the labs take: Python's, and {library: version}."""
    project, *_ = metadata.packages_distributions().get("labs", ["labs"])
    needed = [text for text in metadata.requires(project) or [] if "extra ==" not in text]
    pairs = (re.match(r"([\w.-]+)\s*>=\s*([\d.]+)", text) for text in needed)
    python = metadata.metadata(project)["Requires-Python"]
    return python.removeprefix(">="), dict(pair.groups() for pair in pairs if pair)


def version(name, floor=None):
    """The finding on a library that has to be there, and new enough, if there is a `floor`."""
    try:
        there = metadata.version(name)
    except metadata.PackageNotFoundError:
        if floor is None:
            return Finding(name, "not installed")
        return Finding(name, "not installed", FAULT, f"Run `{INSTALL}`.")
    if floor and numbers(there) < numbers(floor):
        advice = f"Run `python -m pip install --upgrade '{name}>={floor}'`."
        return Finding(name, f"{there}, older than {floor}", FAULT, advice)
    return Finding(name, there)


def numbers(text):
    """A version as numbers that can be compared: (2, 21, 0)."""
    return tuple(map(int, re.findall(r"\d+", text)[:3]))


def system(given):
    """The operating system, and the cores that this process may use."""
    yield Finding("system", platform.platform())
    there, usable = os.cpu_count() or 1, devices.cores()
    yield Finding("cores", f"{usable}" if usable == there else f"{usable} of {there} may be used")


def memory(given):
    """How much there is in all."""
    if not hasattr(os, "sysconf"):  # Windows
        yield Finding("memory", "not known on this system")
        return
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if there < LITTLE_MEMORY:
        advice = "Close other programs while a lab trains, and give it a smaller --batch-size."
        yield Finding("memory", f"{there / GB:.1f} GB", WARNING, advice)
    else:
        yield Finding("memory", f"{there / GB:.1f} GB")


def processor(given):
    """The instruction sets that decide how fast a convolution is."""
    flags = devices.processor_flags()
    if platform.machine() not in X86 or not flags:
        yield Finding("processor", f"{platform.machine()}, its instruction sets are not looked at")
        return
    sets = [f"{'' if flag in flags else 'no '}{name}" for name, flag in INSTRUCTIONS.items()]
    if "avx2" not in flags:
        advice = "Use a newer machine if there is one: TensorFlow is slow here or does not start."
        yield Finding("processor", ", ".join(sets), WARNING, advice)
    else:
        yield Finding("processor", ", ".join(sets))


def gpus(given):
    """Those that TensorFlow can train on."""
    tf, _ = quiet.load_tensorflow()
    there = tf.config.list_physical_devices("GPU")
    details = map(tf.config.experimental.get_device_details, there)
    names = [detail.get("device_name", "a GPU without a name") for detail in details]
    if names:
        yield Finding("GPUs", ", ".join(names))
    elif shutil.which("nvidia-smi"):
        advice = "Run `python -m pip install 'tensorflow[and-cuda]'`."
        yield Finding("GPUs", "NVIDIA's driver is there, TensorFlow sees no GPU", WARNING, advice)
    else:
        yield Finding("GPUs", "none, the processor trains")


def precision(given):
    """What `--precision auto` chooses, and why."""
    tf, _ = quiet.load_tensorflow()
    chosen = devices.choose_precision("auto")
    of_bfloat16 = sorted(flag for flag in devices.processor_flags() if "bf16" in flag)
    if tf.config.list_physical_devices("GPU"):
        device = "GPU"
    else:
        device = " ".join(["processor", *([f"({', '.join(of_bfloat16)})"] if of_bfloat16 else [])])
    does = "multiplies" if chosen == "bfloat16" else "does not multiply"
    yield Finding("precision", f"{chosen}, because the {device} {does} bfloat16 in hardware")


def onednn(given):
    """Whether oneDNN's kernels compute, and with all instructions that there are."""
    quiet.load_tensorflow()
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    if not onednn_is_on():
        asked = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1")  # which importing `labs` makes of none
        if asked.lower() in ("1", "true"):
            yield Finding("oneDNN", "not in this TensorFlow")
            return
        advice = "Unset that variable: a convolution takes twice the time without oneDNN."
        yield Finding("oneDNN", f"off, by TF_ENABLE_ONEDNN_OPTS={asked}", WARNING, advice)
    elif limit:
        advice = "Unset that variable if you do not mean it: the newest instructions are fastest."
        yield Finding("oneDNN", f"on, held to ONEDNN_MAX_CPU_ISA={limit}", WARNING, advice)
    else:
        yield Finding("oneDNN", "on")


def onednn_is_on():
    from tensorflow.python.util import _pywrap_util_port

    return _pywrap_util_port.IsMklEnabled()


def free_disk(given):
    for option in FOLDERS:
        folder = existing(getattr(given, option))
        free = shutil.disk_usage(folder).free
        state = FAULT if free < NO_DISK else WARNING if free < LITTLE_DISK else OK
        advice = f"Delete what you no longer need, or name a folder on another disk by --{option}."
        found = f"{free / GB:.1f} GB free in {folder}"
        yield Finding(f"disk of {option}", found, state, advice if state != OK else "")


def write_access(given):
    """Whether a file can be written where runs and data sets go. None stays there."""
    for option in FOLDERS:
        wanted, folder = getattr(given, option), existing(getattr(given, option))
        there = Path(wanted).absolute() == folder
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(GB // 10**6))
        except OSError as error:
            advice = f"Name a folder of your own by --{option}."
            yield Finding(f"{option} folder", f"{folder}: {error.strerror}", FAULT, advice)
        else:
            found = f"{wanted} can be {'written' if there else f'made in {folder}'}"
            yield Finding(f"{option} folder", found)


def existing(path):
    """The folder, or the one nearest above it that is there: where it would be made."""
    path = Path(path).absolute()
    return next(folder for folder in (path, *path.parents) if os.path.lexists(folder))


def data(given):
    """Whether there are faces, or they will be drawn."""
    drawable, lacking = [], []
    for name in databases.DRAWN:
        try:
            if databases.must_draw(given.databases, name):
                drawable.append(name)
        except FileNotFoundError:
            lacking.append(name)
    there = complete_names(given.databases, COURSE)
    yield from unsound(given.databases, there)
    found = f"there: {', '.join(there) or 'none'}"
    found += f"; drawn when a lab asks for them: {', '.join(drawable)}" if drawable else ""
    if not lacking:
        yield Finding("data sets", found)
        return
    found += f"; missing, and not drawn into a folder that holds other data: {', '.join(lacking)}"
    advice = "Name those that are there by --train and --test, or another folder by --databases."
    yield Finding("data sets", found, WARNING, advice)


def unsound(folder, names):
    """Yields a finding for each data set that cannot be read."""
    for name in names:
        try:
            DataSet(*pair_paths(folder, name))
        except (InputError, OSError) as error:
            advice = "Move its files away: what can be drawn is drawn anew."
            yield Finding(f"data set {name}", str(error).rstrip("."), FAULT, advice)


def extras(given):
    """What some tools need and not all."""
    for module, (extra, use) in EXTRAS.items():
        try:
            there = importlib.import_module(module)
        except ImportError as error:
            advice = f"For {use}, run `python -m pip install -e '.[{extra}]'`."
            yield Finding(module, str(error).rstrip("."), WARNING, advice)
        else:
            yield Finding(module, there.__version__)


def tensorboard(given):
    """Whether TensorBoard starts, beside the setuptools there is, and shows a page."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder, "said.txt"), "w") as said:
        command = [*TENSORBOARD, "--logdir", folder]
        process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            trouble = why_silent(process, Path(said.name))
        finally:
            process.kill()
            process.wait()
    if trouble:
        advice = "Run `python -m pip install --upgrade tensorboard`."
        yield Finding("TensorBoard", trouble, FAULT, advice)
    else:
        yield Finding("TensorBoard", "starts and shows its page")


def why_silent(process, log):
    """Waits for TensorBoard to answer; returns None, or in words why it does not."""
    end = time.monotonic() + TENSORBOARD_SECONDS
    while time.monotonic() < end:
        said = log.read_text(errors="replace")
        if process.poll() is not None:
            last = said.strip().splitlines()[-1:] or ["it said nothing"]
            return f"ends at its start: {last[0][:200].rstrip('.')}"
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)
        if address and answers(address[0]):
            return None
        time.sleep(0.1)
    return f"does not answer within {TENSORBOARD_SECONDS} s"


def answers(address):
    """Whether there is a page at an address of this machine, asked without any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=TENSORBOARD_SECONDS) as page:
            return page.status == 200
    except OSError:
        return False


def speed(given):
    """How fast nn4 trains: in the precision of `auto`, and in that of the README's machine."""
    quiet.load_tensorflow()
    from labs.nn4 import lab

    precisions = list(dict.fromkeys([devices.choose_precision("auto"), "float32"]))
    for precision in precisions:
        rate = images_per_second(lab, precision, SPEED_SECONDS / len(precisions))
        yield compared(lab.name, precision, rate)


def images_per_second(lab, precision, seconds):
    """How many images a second a lab trains on, after the first call, which builds the graph.

    The images are random bytes in memory, and the iterations those of a run.
    """
    import numpy as np
    import tensorflow as tf

    from labs.training.clock import Clock
    from labs.training.network import Network
    from labs.training.step import Steps

    options = Options.of_lab(lab, precision=precision, strategy="one")
    steps, clock = Steps(Network(lab, options), lab), Clock(options.batch_size)
    random = np.random.default_rng(0)
    images = tf.constant(random.integers(0, 256, (IMAGES, lab.task.images.numbers), np.uint8))
    truths = tuple(map(tf.constant, lab.task.examples(IMAGES)))
    first, end = 0, 0.0
    while clock.images_per_second is None or time.monotonic() < end:
        size = clock.steps_in(seconds / 10)
        rows = random.integers(0, IMAGES, (size, options.batch_size), np.int32)
        with clock.timing(size):
            steps.run(images, truths, tf.constant(rows), first)[0].numpy()
        end = end or time.monotonic() + seconds
        first += size
    return clock.images_per_second


def compared(name, precision, rate):
    """The finding on a speed. The README has none in bfloat16 to compare with."""
    what, found = f"speed, {precision}", f"{name} trains on {rate:,.0f} images a second"
    if precision != "float32":
        return Finding(what, found)
    times = rate / README_SPEED
    found += f", {times:.2g} times that of the README's machine ({README_MACHINE})"
    if times < SLOW:
        advice = "Close what else computes here, and expect longer times than the READMEs say."
        return Finding(what, found, WARNING, advice)
    return Finding(what, found)


QUICK = (versions, system, memory, processor, write_access, free_disk, data, extras)
QUICK += (gpus, precision, onednn)  # they load TensorFlow, which might end the process
SLOWER = (tensorboard, speed)

if __name__ == "__main__":
    main()

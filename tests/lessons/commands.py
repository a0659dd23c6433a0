"""The commands beside the READMEs' numbers: running each once, and what it leaves behind."""

import dataclasses
import functools
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from labs import catalogue
from labs.training.scripts import command_of
from tests.lessons.readme import ROOT, parsed

DRAWN = ("1k", "10k", "test10k")  # what most commands need
DRAWING = {"1k": 1, "10k": 9, "test10k": 9, "100k": 90}  # seconds on two cores
SAID = "said.txt"
NAMED_RUN = re.compile(r"logs/(\w+)/1\b")
REAL = os.environ.get("LABS_TEST_DATA", "")


@dataclasses.dataclass(frozen=True, order=True)
class Command:
    """A command as a README has it, without its folders.

    Attributes:
        name: all behind `python -m`, such as `labs.nn3 --train 10k`.
        real: whether it is about photographs of real faces.
    """

    name: str
    real: bool = False

    @classmethod
    def of(cls, text):
        """The command of a README's text, `python -m labs.nn4 --databases faces`."""
        words = shlex.split(re.sub(r"^python3? -m ", "", " ".join(text.split())))
        real = "--databases" in words
        if real:
            at = words.index("--databases")
            del words[at : at + 2]
        return cls(shlex.join(words), real)

    def __str__(self):
        return f"python -m {self.name}{' (real faces)' if self.real else ''}"

    def with_seed(self, seed):
        """The same with a seed; 0 is that of all labs."""
        return dataclasses.replace(self, name=f"{self.name} --seed {seed}") if seed else self

    @property
    def without_seed(self):
        return dataclasses.replace(self, name=re.sub(r" --seed \d+$", "", self.name))

    @property
    def module(self):
        return self.name.split()[0]

    @functools.cached_property
    def script(self):
        path = ROOT.joinpath(*self.module.split("."))
        return path / "__main__.py" if path.is_dir() else path.with_suffix(".py")

    @functools.cached_property
    def kind(self):
        """What it is: "lab", "study", or anything else that prints something."""
        return catalogue.read(self.script).kind if self.module.startswith("labs.") else "tool"

    @property
    def folder(self):
        """Of what it says, and of a lab's run: a name of its own."""
        return re.sub(r"[^\w.]+", "_", self.name) + ("_real" if self.real else "")

    @property
    def after(self):
        """The commands whose runs it names, as `logs/nn4/1`: each lab's first, as it stands."""
        return [Command.of(command_of(lab)) for lab in NAMED_RUN.findall(self.name)]

    @property
    def data(self):
        """The data sets that it needs, as far as they can be drawn."""
        return () if self.real else (*DRAWN, *(["100k"] if "100k" in self.name.split() else []))

    def words(self, databases, logs):
        """Its words, with the folders in which it reads and writes."""
        folder, own = Path(REAL, "faces") if self.real else databases, self._own(logs)
        words = [self._placed(word, folder, logs) for word in shlex.split(self.name)]
        source = self.script.read_text(encoding="utf-8")
        if self.kind in ("lab", "study"):
            words += ["--databases", str(folder), "--logs", str(logs)]
        elif '"--databases"' in source:
            words += ["--databases", str(folder)]
        if self.kind == "lab":
            words += ["--run", self.folder]
            if any((logs / self._lab / self.folder / "checkpoints").glob("ckpt-*.index")):
                words.append("--restore")
        if self.kind == "study" or (self.module.startswith("labs.") and '"--out"' in source):
            words += ["--out", str(own)]
        return words

    def _own(self, logs):
        """The folder of what it says and, but for runs, of what it writes."""
        return logs / "commands" / self.folder

    @staticmethod
    def _placed(word, databases, logs):
        """A word of a README; where it names a file or a run, the one that there is here."""
        if word.startswith("DataBases/"):
            return str(databases / Path(word).name)
        if named := NAMED_RUN.fullmatch(word):
            return str(logs / named[1] / Command.of(command_of(named[1])).folder)
        return word

    @property
    def _lab(self):
        return self.module.rpartition(".")[2]

    def output(self, logs):
        """The `Output` of the command in a folder of logs; None as long as it has not finished."""
        own = self._own(logs)
        if not (own / SAID).exists():
            return None
        said = (own / SAID).read_text(encoding="utf-8")
        return Output(said, own, logs / self._lab / self.folder)

    def run(self, databases, logs):
        """Runs it, or goes on with it; returns the exit code.

        What it says appears here, and lies in the folder of logs once it is complete.
        """
        said = self._own(logs) / SAID
        said.parent.mkdir(parents=True, exist_ok=True)
        unfinished = said.with_suffix(".unfinished")  # one that was stopped goes on in there
        words = [sys.executable, "-u", "-m", *self.words(databases, logs)]
        with (
            unfinished.open("a", encoding="utf-8") as file,
            subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
        ):
            try:
                _copy(process.stdout, file)
            except KeyboardInterrupt:  # the command has got it as well: it saves, and ends
                _copy(process.stdout, file)
        if process.returncode == 0:
            unfinished.replace(said)
        return process.returncode


def _copy(lines, file):
    for line in lines:
        print(f"    {line}", end="", flush=True)
        file.write(line)


@dataclasses.dataclass(frozen=True)
class Output:
    """What a command left.

    Attributes:
        said: what it printed.
        folder: where it wrote, but for runs.
        run: the folder of a lab's run.
    """

    said: str
    folder: Path
    run: Path

    @functools.cached_property
    def result(self):
        """What a lab's run reached."""
        return json.loads((self.run / "result.json").read_text(encoding="utf-8"))

    @functools.cached_property
    def table(self):
        """The table that a study wrote: {variant: {title: cell}}."""
        (path,) = self.folder.glob("*.md")
        (table,) = parsed(path.name, path.read_text(encoding="utf-8")).tables
        return {
            row[0].text: {title: cell.text for title, cell in zip(table.header, row, strict=True)}
            for row in table.rows
        }

    @property
    def rows(self):
        """The cells of each printed line: what stands between bars, or two spaces apart."""
        for line in self.said.splitlines():
            yield re.split(r"\s*\|\s*|\s{2,}", line.strip().strip("|").strip())

"""The command line of a lab, and the options of a run."""

import argparse
import dataclasses
import difflib
import json
import math
import re
import shlex
import sys

from dsutil.errors import InputError

PRECISIONS = ("auto", "float32", "bfloat16")
SUMMARIES = ("auto", "curves", "light", "full")
STRATEGIES = ("auto", "one", "mirrored", "multiworker")


@dataclasses.dataclass
class Options:
    """The options of a run, which its config.json records.

    Attributes:
        databases: the folder of the data sets.
        train, test: their names.
        validation: the name of one to validate on; empty if there is none.
        validation_share: of the images to train on, the share to validate on instead; 0 for none.
        patience: the run ends after so many evaluations without improvement on those; 0 for
            never.
        iterations: how many in all.
        batch_size: images an iteration.
        learning_rate: at the start.
        seed: the initial weights and the order of the images follow from it.
        begin_from: the folder of a run, or one of its checkpoints, whose weights it begins with;
            empty if it begins with none.
        freeze: the names of layers that do not learn, with spaces between; empty if all learn.
        precision, strategy, summaries: as `--help` says.
        summary_every: iterations between two points of the curves.
        evaluate_every: iterations between two evaluations.
    """

    databases: str
    train: str
    test: str
    validation: str
    validation_share: float
    patience: int
    iterations: int
    batch_size: int
    learning_rate: float
    seed: int
    begin_from: str
    freeze: str
    precision: str
    strategy: str
    summaries: str
    summary_every: int
    evaluate_every: int

    @classmethod
    def of_lab(cls, lab, **others):
        """A lab's own options; `others` by name instead."""
        fixed = {"databases": "DataBases", "seed": 0}
        fixed |= {"validation": "", "validation_share": 0.0, "patience": 0}
        fixed |= {"begin_from": "", "freeze": ""}
        fixed |= {name: "auto" for name in ("precision", "strategy", "summaries")}
        fixed["train"] = lab.train_set
        names = {field.name for field in dataclasses.fields(cls)} - fixed.keys()
        return cls(**fixed | {name: getattr(lab, name) for name in names} | others)

    def check_validation(self, lab):
        """Refuses what contradicts itself, or lacks what the lab needs to validate on.

        Raises:
            InputError: see the text.
        """
        if self.validation and self.validation_share:
            raise InputError(
                f"Found --validation {self.validation} and --validation-share "
                f"{self.validation_share:g}: expected one of them."
            )
        if self.validation in (self.train, self.test):
            raise InputError(
                f"Found --validation {self.validation}, on which the run is trained or tested as "
                "well: expected images that are used for neither, or --validation-share 0.1."
            )
        if self.patience and not (self.validation or self.validation_share):
            raise InputError(
                f"--patience {self.patience} waits for a better number on a validation set: add "
                "--validation NAME or --validation-share 0.1."
            )
        if lab.rate_after and not (self.validation or self.validation_share):
            raise InputError(
                f"The lab {lab.name} sets its learning rate by what it reaches on a validation "
                "set: add --validation NAME or --validation-share 0.1."
            )

    def with_given(self, given):
        """These options, but those that were given on the command line."""
        named = {field.name: getattr(given, field.name) for field in dataclasses.fields(self)}
        there = {name: value for name, value in named.items() if value is not None}
        return dataclasses.replace(self, **there)


class Words(argparse.Action):
    """An option of words, kept as one text with spaces between."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, " ".join(values))


class Parser(argparse.ArgumentParser):
    """The command line of a lab or a tool: takes no abbreviations, and shows its text as written.

    Answers what it cannot understand as every other error is answered.
    """

    def __init__(self, prog, description):
        super().__init__(
            prog=prog,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message):
        """One sentence, like every other error, where argparse prints its usage as well."""
        self.exit(2, f"error: {self._sentence(message)}\n")

    def _sentence(self, message):
        return f"{message}. `{self.prog} --help` lists the options."

    def words(self, keywords, commands=()):
        """Keyword arguments as the command line has them: `seed=1, restore=True` as words.

        What is wrong with an option is an `InputError` from here on, in the same sentence.

        Args:
            keywords: {name: value}. None stands for the default, as does False for a flag.
            commands: names of options that print something and do no more.
        """
        self.error = self._refuse
        printing = ("help", *commands)
        known = {one.dest: one for one in self._actions if one.dest not in printing}
        words = []
        for name, value in keywords.items():
            option = f"--{name.replace('_', '-')}"
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                meant = f"did you mean {near[0]}?" if near else f"expected {', '.join(known)}."
                raise InputError(f"Found the option {name}, which there is not: {meant}")
            if known[name].nargs == 0 and isinstance(value, bool):
                words += [option] if value else []
            elif known[name].nargs in ("+", "*") and isinstance(value, list | tuple):
                words += [option, *map(str, value)]
            elif value is not None:
                words.append(f"{option}={value}")
        return words

    def _refuse(self, message):
        raise InputError(self._sentence(message))

    def add_trained(self):
        """What names a trained network: a run and one of its checkpoints."""
        self.add_argument("run", metavar="RUN", help="the run's folder, such as logs/nn4/1")
        self.add_argument(
            "--checkpoint",
            metavar="C",
            help="such as ckpt-700, or best, by the validation set (default: the newest whole one)",
        )


def parse(lab, arguments=None):
    """What was given on the command line of `lab`, or in `arguments`.

    Returns:
        A namespace. The `Options` are None where they were not given. `command` is what was typed.
    """
    parser = _parser(lab)
    words = sys.argv[1:] if arguments is None else arguments
    given = _parsed(parser, words)
    given.command = shlex.join([*parser.prog.split(), *words])
    return given


def from_keywords(lab, keywords):
    """The same of keyword arguments, such as `train="1k", iterations=200`.

    Raises:
        InputError: what the command line refuses as well, in the same sentence.
    """
    parser = _parser(lab)
    given = _parsed(parser, parser.words(keywords, commands=("describe",)))
    given.command = as_call(f"{lab.name}.lab.train", keywords)
    return given


def as_call(function, keywords):
    """The call of a function with keyword arguments, as one writes it."""
    return f"{function}({', '.join(f'{name}={_literal(v)}' for name, v in keywords.items())})"


def _literal(value):
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(str(value), ensure_ascii=False)  # as Python has it too, in double quotes


def _parsed(parser, words):
    for word in words:
        if word.encode(errors="ignore").decode() != word:
            parser.error(f"{word!r} is not written in UTF-8, as all that a run notes is")
    given = parser.parse_args(words)
    if given.changed and not given.restore:
        parser.error("--changed is about a run that goes on: expected --restore as well")
    return given


def _parser(lab):
    parser = Parser(lab.command, lab.about)
    own = Options.of_lab(lab)
    files = " and ".join(f"{column.name}_NAME.bin" for column in lab.task.columns)

    def add(name, type_, metavar, text, *shorter, **more):
        default = getattr(own, name)
        text += f" (default: {'none' if default == '' else default})"
        names = *shorter, f"--{name.replace('_', '-')}"
        parser.add_argument(*names, dest=name, type=type_, metavar=metavar, help=text, **more)

    add("databases", str, "DIR", "folder of the binary files")
    add("train", str, "NAME", f"train on {files}")
    add("test", str, "NAME", f"test on {files}")
    add(
        "validation",
        str,
        "NAME",
        "find the best checkpoint by these images, used neither to train nor to test",
    )
    add("validation_share", _share, "X", "instead of that, hold out a share of the training set")
    add(
        "patience",
        whole(0),
        "N",
        "stop after N evaluations without improvement on the validation set; 0 for never",
    )
    add(
        "iterations",
        whole(1),
        "N",
        "total number of iterations, those before a --restore included",
    )
    add("batch_size", whole(1, 2**20), "N", "images an iteration")
    add("learning_rate", _positive, "X", "learning rate at the start")
    add("seed", whole(0, 2**32 - 1), "N", "initial weights and order of the images follow from it")
    # `from` is a word of Python's own, so there the option goes by its longer name.
    add(
        "begin_from",
        str,
        "RUN",
        "begin with the weights of a run's layers of the same names",
        "--from",
    )
    add("freeze", str, "LAYER", "layers that do not learn", nargs="*", action=Words)
    add("precision", str, "P", "auto, float32 or bfloat16 for the arithmetic", choices=PRECISIONS)
    add(
        "strategy", str, "S", "auto, one, mirrored (all devices) or multiworker", choices=STRATEGIES
    )
    add("summary_every", whole(1), "N", "iterations between two lines and points of the curves")
    add(
        "summaries",
        str,
        "S",
        "curves alone; light: faces, activations and the like at evaluations; full: at each "
        "summary, too; auto: full where --iterations is 5 times the lab's own or more",
        choices=SUMMARIES,
    )
    add("evaluate_every", whole(1), "N", "iterations between two evaluations and checkpoints")
    parser.add_argument(
        "--logs", default="logs", metavar="DIR", help="folder of the runs (default: logs)"
    )
    parser.add_argument(
        "--run", type=_plain_word, metavar="NAME", help="the run's name (default: the next number)"
    )
    parser.add_argument(
        "--restore", action="store_true", help="go on from the run's newest checkpoint"
    )
    parser.add_argument(
        "--changed",
        action="store_true",
        help="with --restore: go on although the lab is not what the run began with",
    )
    parser.add_argument(
        "--describe", action="store_true", help="print the layers and train nothing"
    )
    return parser


def recorded(lab, found):
    """The `Options` that a file says a run of `lab` had; what is new since is the lab's own.

    Args:
        found: what the file says, {name: value}.

    Raises:
        ValueError, TypeError, AttributeError: an option is none that the command line could set.
    """
    own = Options.of_lab(lab)
    known = dataclasses.asdict(own)
    if unknown := found.keys() - known.keys():
        raise ValueError(f"found the option {min(unknown)!r:.60}, which is none of this lab's")
    parser = _parser(lab)
    parser.error = _raise
    for name, value in found.items():
        if type(value) is not type(known[name]) or "\0" in str(value):
            raise ValueError(
                f"option {name}: found {value!r:.60}, expected one such as {known[name]!r}"
            )
        parser.parse_args([f"--{name.replace('_', '-')}={value}"])
    return dataclasses.replace(own, **found)


def _raise(message):
    raise ValueError(message)


def whole(low, high=2**63 - 1):
    """The type of an option that is a whole number from `low` to `high`."""

    def number(text):
        if not re.fullmatch(r"\d{1,19}", text) or not low <= int(text) <= high:
            wanted = f"from {low} to {high}" if high < 2**63 - 1 else f"of {low} or more"
            raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number {wanted}")
        return int(text)

    return number


def _positive(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number above 0")
    return value


def _share(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a share such as 0.1")
    return value


def _plain_word(text):
    if not re.fullmatch(r"\w[\w.-]{0,99}", text):
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected at most 100 letters, digits, dots, dashes and underscores"
        )
    return text

"""Study: what a slide claims, the labs that show it, and the command that puts it to the test."""

import argparse
import dataclasses
import functools
import itertools
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from dsutil.atomic import replacing
from dsutil.errors import InputError, exit_with_sentence
from labs.analysis import charts, from_python, measures, plots, side_by_side, tables, verdict
from labs.analysis.findings import Findings
from labs.analysis.measures import Measure
from labs.analysis.planned import Planned, check_unchanged, load_tensorflow, train_all
from labs.training import Lab
from labs.training.interruption import Interrupted
from labs.training.kept import Kept
from labs.training.options import Options, Parser, as_call, whole
from labs.training.scripts import command_of, files, holding, shown


@dataclasses.dataclass(frozen=True)
class Study:
    """Labs that differ in one thing, some seeds each, and the picture of the difference.

    Attributes:
        name: the script's; the runs lie in `logs/<name>/<variant>-seed<n>`.
        about: what the slide claims, and the commands: the script's docstring.
        variants: {name: `Lab`}, in the order of the table; `dataclasses.replace` makes them.
        claims: pairs of variants of which the slide says that the first is better.
        measure: by which they are compared, one of `labs.analysis.measures`.
        extra: further measures that the table has.
        draw: makes the picture, one of `labs.analysis.charts`: called with the study and what
            was found, {variant: [`Outcome` of each seed]}.
        seeds: how many runs of each variant.
        rates: learning rates of which each variant is given the best one, by the measure of its
            first seed; empty where each keeps its lab's own.
        slow: names of variants that are trained with `--all`, or when they are named, only.
        options: {variant: {option: value}} of a run, for what is no attribute of a lab.
        prepare: makes data sets that nobody else makes, called with the folder of the data before
            anything is trained.
        sources: {name: `Lab`}, what is trained for variants to begin from, and is no row of the
            table. The command's `--train`, `--test` and `--iterations` are not for them.
        begins: {variant or source: source}, from whose run of the same seed it begins.
        shared: those sources of which one run, of the first seed, is for all seeds. The command's
            `--from` names another run in their place.
    """

    name: str
    about: str | None
    variants: dict[str, Lab]
    claims: tuple = ()
    measure: Measure = measures.TEST
    extra: tuple = ()
    draw: Callable = charts.TRAIN_AND_TEST
    seeds: int = 3
    rates: tuple = ()
    slow: tuple = ()
    options: dict = dataclasses.field(default_factory=dict)
    prepare: Callable | None = None
    sources: dict[str, Lab] = dataclasses.field(default_factory=dict)
    begins: dict[str, str] = dataclasses.field(default_factory=dict)
    shared: tuple = ()

    def __post_init__(self):
        known = self.variants | self.sources
        for name, lab in known.items():
            if not isinstance(name, str) or not re.match(r"\w", name):
                raise TypeError(
                    f"the study {self.name}: found the name {name!r} of a variant, expected a text "
                    "that begins with a letter or a digit"
                )
            if not isinstance(lab, Lab):
                raise TypeError(f"the study {self.name}: found {lab!r}, expected labs")
        if len(set(map(_word, known))) < len(self.variants) + len(self.sources):
            raise ValueError(f"the study {self.name}: two variants would share a folder of runs")
        named = {*(name for pair in self.claims for name in pair), *self.slow}
        strangers = sorted(named - self.variants.keys())
        strangers += sorted({*self.options, *self.begins} - known.keys())
        strangers += sorted({*self.begins.values(), *self.shared} - self.sources.keys())
        if strangers:
            raise ValueError(f"the study {self.name} has no variant {strangers[0]!r}")
        # Variations lie among the study's runs, whatever lab they were made from.
        for kind in ("variants", "sources"):
            own = {name: self._own(name, lab) for name, lab in getattr(self, kind).items()}
            object.__setattr__(self, kind, own)

    def _own(self, name, lab):
        only = f" --only {shlex.quote(name)}" if name in self.variants else ""
        return dataclasses.replace(lab, name=self.name, run_by=f"{self.command}{only}")

    @property
    def command(self):
        """What runs it: `python -m labs.optimization.momentum`."""
        return command_of(self.name)

    def lab_of(self, run):
        """The `Lab` of the variant or source that a run of the study is one of.

        Args:
            run: the name of its folder.

        Raises:
            InputError: it is named after none.
        """
        known = self.variants | self.sources
        fitting = [name for name in known if run.startswith(f"{_word(name)}-")]
        if not fitting:
            raise InputError(
                f"The run {run} is named after no variant of the study {self.name}: expected "
                f"{', '.join(map(_word, self.variants))}, and then -seed0."
            )
        return known[max(fitting, key=len)]

    def main(self, arguments=None):
        """The study's command: reads the options (`sys.argv` if None), trains, and exits."""
        words = sys.argv[1:] if arguments is None else arguments
        options = self._options(words)
        with exit_with_sentence():
            self.check_name()
            if options.serve:
                kept = Kept(range(options.seeds))
                sys.exit(side_by_side.serve(self._every_run(options), kept, load_tensorflow))
            sys.exit(self.conduct(options, shlex.join([*self.command.split(), *words])))

    def train(self, **options):
        """The same from Python, a notebook say: `found = study.train(seeds=1, only=["plain"])`.

        Args:
            options: those of the command line.

        Returns:
            The `labs.analysis.findings.Findings`: `table`, `sentences` and `plot()`.

        Raises:
            InputError: what the command refuses, in the same sentence.
            KeyboardInterrupt: the study was stopped. The same call goes on.
        """
        parser = self._parser()
        given = self._options(parser.words(options, commands=("list", "out", "serve")), parser)
        self.check_name()
        call = as_call(f"{self.name}.study.train", options)
        try:
            return Findings(self, self._found(self._names(given), given, call))
        except Interrupted as interrupted:
            from_python.stop(interrupted.number, f"{call} goes on with the study")

    def check_name(self):
        """Refuses a name by which the study's runs would pass for another script's.

        Raises:
            InputError: its script has another.
        """
        there = {path.resolve() for path in files()}
        for path in holding("study", self):
            if path in there and path.stem != self.name:
                raise InputError(
                    f"{shown(path)} calls its study {self.name!r}: expected {path.stem!r}, the "
                    "name of the file, by which its runs are found."
                )

    def _options(self, words, parser=None):
        """The options that the words of a command line stand for."""
        options = (parser or self._parser()).parse_args(words)
        options.serving = [
            sys.executable, *shlex.split(self.command)[1:], *words, side_by_side.OPTION
        ]  # fmt: skip
        return options

    def _parser(self):
        parser = Parser(self.command, self.about)
        usual = [name for name in self.variants if name not in self.slow]
        default = f"all but {', '.join(self.slow)}" if self.slow else "all"
        of = f"of {', '.join(self.variants)} (default: {default})"
        parser.add_argument(
            "--only", nargs="+", choices=self.variants, metavar="VARIANT", default=None,
            help=of.replace("%", "%%"),  # argparse fills in what stands behind a %
        )  # fmt: skip
        if self.slow:
            parser.add_argument(
                "--all", action="store_true", help="all of them, also the slow ones"
            )
        parser.add_argument(
            "--seeds", type=whole(1, 100), default=self.seeds, metavar="N",
            help=f"runs of each variant (default: {self.seeds})",
        )  # fmt: skip
        parser.add_argument(
            "--iterations", type=whole(1), metavar="N", help="of each run (default: the variant's)"
        )
        parser.add_argument(
            "--jobs", type=whole(1, 100), default=1, metavar="N",
            help="how many runs are trained at a time, each on its share of the cores (default: 1)",
        )  # fmt: skip
        parser.add_argument(side_by_side.OPTION, action="store_true", help=argparse.SUPPRESS)
        for use in ("train", "test"):
            own = {getattr(Options.of_lab(lab), use) for lab in self.variants.values()}
            default = own.pop() if len(own) == 1 else "each variant's own"
            parser.add_argument(
                f"--{use}", metavar="NAME", help=f"{use} all on this data set (default: {default})"
            )
        if self.shared:
            parser.add_argument(
                "--from", "--begin-from", dest="begin_from", metavar="RUN",
                help="a run to begin from, in place of the one that the study trains for that",
            )  # fmt: skip
        parser.add_argument("--databases", default="DataBases", metavar="DIR", help="of the data")
        parser.add_argument("--logs", default="logs", metavar="DIR", help="folder of the runs")
        parser.add_argument(
            "--out", metavar="DIR",
            help=f"folder of {self.name}.png and {self.name}.md (default: that of the runs)",
        )  # fmt: skip
        parser.add_argument(
            "--list", action="store_true", help="print the variants and train nothing"
        )
        parser.set_defaults(usual=usual, all=False)
        return parser

    def conduct(self, options, command):
        """Trains what is missing, and says what came of it; returns the exit code.

        Args:
            command: what was typed; the same goes on after a stop.
        """
        names = self._names(options)
        if options.list:
            print("\n".join(self._listed(names, options)))
            return 0
        try:
            found = self._found(names, options, command)
        except Interrupted as interrupted:
            return 128 + interrupted.number
        called = f"{self.name}_only" if options.only else self.name
        self.conclude(found, Path(options.out or Path(options.logs, self.name), called))
        return 0

    def _names(self, options):
        """The variants that were asked for, each once."""
        return list(
            dict.fromkeys(options.only or (self.variants if options.all else options.usual))
        )

    def _found(self, names, options, command):
        """Trains what is missing; returns {variant: [`Outcome` of each seed]}.

        Raises:
            Interrupted: a signal came.
        """
        self._warn_of_what_is_lost(names, options)
        if self.prepare:
            self.prepare(options.databases)
        sources = self._sources_of(names, options)
        own = [self.planned(n, 0, options, r) for n in names for r in self.rates or (None,)]
        check_unchanged([*itertools.chain(*sources), *own])
        train = functools.partial(
            train_all, command=command, study=self.name, jobs=options.jobs, serving=options.serving
        )
        for depth, runs in enumerate(sources, 1):
            train(runs, later=sum(map(len, sources[depth:])) + len(names) * options.seeds)
        grid = [self.planned(name, 0, options, rate) for name in names for rate in self.rates]
        later = len(names) * (options.seeds - 1) if grid else 0
        train(grid, later=later)
        rates = {name: self._best_rate(name, options) for name in names}
        runs = {
            name: [self.planned(name, seed, options, rates[name]) for seed in range(options.seeds)]
            for name in names
        }
        train([run for of_name in runs.values() for run in of_name])
        return {name: [run.outcome() for run in of_name] for name, of_name in runs.items()}

    def _sources_of(self, names, options):
        """The `Planned` runs from which variants begin, those first that begin from nothing.

        Returns:
            Lists of them. Each begins from one of the list before.
        """
        depths = {}
        for name in names:
            chain = []
            while (name := self.begins.get(name)) and not self._replaced(name, options):
                chain.append(name)
            depths |= {source: depth for depth, source in enumerate(reversed(chain))}
        return [
            [
                self.planned(source, seed, options)
                for source in depths
                if depths[source] == depth
                for seed in range(1 if source in self.shared else options.seeds)
            ]
            for depth in sorted(set(depths.values()))
        ]

    def _replaced(self, source, options):
        """The run that the command names in place of a source; None if there is none."""
        return options.begin_from if source in self.shared else None

    def _warn_of_what_is_lost(self, names, options):
        """Says so where an option makes variants alike that differ in it."""
        for option in ("train", "test", "iterations"):
            own = {getattr(Options.of_lab(self.variants[name]), option) for name in names}
            if getattr(options, option) is not None and len(own) > 1:
                print(
                    f"warning: the variants differ in {option}, and --{option} makes them the "
                    "same: their names and the claims no longer fit.",
                    file=sys.stderr,
                )

    def _listed(self, names, options):
        for name in names:
            rates = "" if not self.rates else f", learning rates {self.rates}"
            lab = self.variants[name]
            asked = self.planned(name, 0, options, lab.learning_rate).asked
            yield (
                f"{name}: {asked['iterations']:,} iterations on {asked['train']}, "
                f"{options.seeds} seed{'s' if options.seeds > 1 else ''}{rates}"
            )

    def planned(self, name, seed, options, rate=None):
        """The run of a variant with a seed, and with a learning rate where it is not its own."""
        lab = (self.variants | self.sources)[name]
        given = {"databases": options.databases, "seed": seed, "summaries": "curves"}
        given |= self.options.get(name, {})
        if source := self.begins.get(name):
            own = self.planned(source, 0 if source in self.shared else seed, options)
            given["begin_from"] = str(self._replaced(source, options) or own.path)
        for option in ("train", "test", "iterations"):
            if getattr(options, option) is not None and name in self.variants:
                given[option] = getattr(options, option)
        parts = [_word(name)]
        if rate is not None and self.rates:
            given["learning_rate"] = rate
            parts.append(_word(f"rate{rate:g}"))
        return Planned(lab, options.logs, "-".join([*parts, f"seed{seed}"]), name, given)

    def _every_run(self, options):
        """All runs that the study may make, {name: `Planned`}."""
        of = itertools.product(
            self.variants | self.sources, range(options.seeds), (None, *self.rates)
        )
        every = [self.planned(name, seed, options, rate) for name, seed, rate in of]
        return {run.name: run for run in every}

    def _best_rate(self, name, options):
        """The learning rate at which the first seed of a variant did best; None without a grid."""
        if not self.rates:
            return None
        done = {rate: self.planned(name, 0, options, rate).outcome() for rate in self.rates}
        return self.measure.best(done)

    def conclude(self, found, path):
        """Prints table and verdict, and writes them and the picture.

        Args:
            found: {variant: [`Outcome` of each seed]}.
            path: of both files, but for their suffixes.
        """
        findings = Findings(self, found)
        print(f"\n{findings}")
        path.parent.mkdir(parents=True, exist_ok=True)
        table, picture = (path.parent / f"{path.name}{suffix}" for suffix in (".md", ".png"))
        with replacing(table) as beside:
            beside.write_text(f"{findings.text(tables.markdown)}\n", encoding="utf-8")
        print(f"{table}: written")
        plots.save(findings.plot(), picture)
        print(f"{picture}: written")

    def table(self, found):
        """Header and rows of what was found."""
        headline = next(iter(self.variants.values())).task.headline
        shown = [measures.TRAIN, measures.TEST, *self.extra]
        if self.measure not in shown:
            shown.append(self.measure)
        titles = [measure.called(headline) for measure in shown]
        header = ["variant", *(["learning rate"] if self.rates else []), "seeds"]
        header += [*titles, f"95 % interval of {self.measure.called(headline)}", "seconds"]
        rows = []
        for name, outcomes in found.items():
            rate = [self._told_rate(outcomes[0])] if self.rates else []
            cells = [verdict.mean(measure, outcomes) for measure in shown]
            rows.append([
                name, *rate, str(len(outcomes)), *cells,
                verdict.interval(self.measure, outcomes), verdict.seconds(outcomes),
            ])  # fmt: skip
        return header, rows

    def _told_rate(self, outcome):
        """The learning rate of a run; says so where a still larger or smaller one may be better."""
        rate = outcome.asked["learning_rate"]
        return f"{rate:g}{', the last tried' if rate in (min(self.rates), max(self.rates)) else ''}"


def _word(name):
    """A variant's name as that of a folder: `plain, 8 layers` is `plain_8_layers`."""
    return re.sub(r"[^\w.-]+", "_", name).strip("_")

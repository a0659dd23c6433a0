"""The lessons that cannot be read out of tables, and what no lesson checks, and why.

A sentence's numbers stand in braces, as in the README: whoever changes them there, changes them
here. Empty braces stand for whatever number the README has.
"""

import dataclasses
import functools
import re

from tests.lessons import readme, results, studies
from tests.lessons.commands import Command
from tests.lessons.lesson import (
    NoSuchPlace,
    in_table,
    mean_reached,
    of_cell,
    of_printed_rows,
    printed,
    reached,
    said,
    table_of,
)
from tests.lessons.tolerance import EXACT, PROCESSOR, SIX_HUNDRED, Tolerance

FRONT, LABS, DATA, LAYERS = "README.md", "labs/README.md", "dsutil/README.md", "layers/README.md"
OPTIMIZATION, AUTOENCODERS = "labs/optimization/README.md", "labs/autoencoders/README.md"
SEQUENCES = "labs/sequences/README.md"
SPEED, EXERCISES = "tests/README.md", "labs/exercises/README.md"
DETECTION = "labs/detection/README.md"
REPRESENTATIONS = "labs/representations/README.md"
OF_COMPONENTS = "test error, as a share of the components'"

NN4 = Command.of("python -m labs.nn4")
MEMORISED = Command.of("python -m labs.nn4 --train 1k --iterations 500 --evaluate-every 50")
EVALUATED = Command.of("python -m labs.predict logs/nn4/1 --evaluate test10k")
COMPONENTS = Command.of("python -m labs.autoencoders.principal_components")
DICTIONARIES = Command.of("python -m labs.autoencoders.dictionaries logs/sparse_coding/1")
CLASSICAL = Command.of("python -m labs.representations.classical logs/nn4/1")
TRANSFER = Command.of(
    "python -m labs.representations.transfer --databases faces --train 1k --test test600 --jobs 2"
)
GRADIENTS = Command.of("python -m labs.optimization.gradients")
VALLEY = Command.of("python -m labs.optimization.valley")
BACK = Command.of("python -m labs.sequences.back_through_time")
AVERAGES = Command.of("python -m tests.benchmarks.averages")
INFO = Command.of("python -m dsutil info DataBases/data_1k.bin")
NN3_PRECISION = Command.of("python -m tests.benchmarks.precision --labs nn3 --iterations 2000")
NN4_PRECISION = Command.of(
    "python -m tests.benchmarks.precision --labs nn4 --databases DIR --test test600 "
    "--iterations 100"
)


def on_photographs(lab, iterations=""):
    """The commands of three seeds on photographs of real faces."""
    command = Command.of(
        f"python -m labs.{lab} --databases faces --train 1k --test test600 {iterations}"
    )
    return tuple(command.with_seed(seed) for seed in (0, 1, 2))


FIRST = NN4  # the front page's command: whatever is tried, it is
NN3_PHOTOS = on_photographs("nn3", "--iterations 4000")
NN4_PHOTOS = on_photographs("nn4", "--iterations 600")
NN5_PHOTOS = on_photographs("nn5")

# How long a command takes on two cores, in seconds, where no README has a line with its time.
SECONDS = {
    INFO: 2,
    AVERAGES: 12,
    BACK: 20,
    EVALUATED: 12,
    MEMORISED: 75,
    DICTIONARIES: 40,
    CLASSICAL: 70,
    NN3_PRECISION: 300,
    NN4_PRECISION: 300,
    Command.of("python -m labs.overfitting.data_amount"): 700,
    Command.of("python -m labs.detection.down_and_up --jobs 2"): 820,
    Command.of("python -m labs.autoencoders.stacked"): 540,
    Command.of("python -m labs.autoencoders.codes"): 420,
    Command.of("python -m labs.representations.similar --jobs 2"): 640,
    TRANSFER: 490,
    **dict.fromkeys(NN3_PHOTOS, 60),
    **dict.fromkeys(NN4_PHOTOS, 75),
    **dict.fromkeys(NN5_PHOTOS, 85),
}

LAST_LINE = r"^it= +700 - train accuracy= (\S+) - test accuracy= (\S+)$"
FEW_IN_A_CELL = Tolerance("a few images more or less: bits differ", absolute=0.02)
SUMS = Tolerance("the start is the same, sums are rounded otherwise", absolute=0.005)
ROUNDING = Tolerance("rounding errors", factor=10)
UNTRAINED = Tolerance("the weights are drawn alike; rounding adds up over 200 steps", relative=0.05)
A_SHARE = Tolerance("as far as the errors may be off", relative=results.LEAST)
OF_A_DICTIONARY = Tolerance("bits differ between processors and precisions", relative=0.05)
COMPUTED = Tolerance("no chance in it but rounding", relative=0.001)
TWO_DIGITS = Tolerance("bits differ between processors, and it is rounded", absolute=0.015)

# README, sentence, command, what it leaves, how far it may be off.
SENTENCES = (
    (FRONT, "it= 0 - loss= {0.706334}", NN4, printed(r"^it= +0 - loss= (\S+)$"), SUMS),
    (FRONT, "it= 50 - loss= {0.540244}", NN4, printed(r"^it= +50 - loss= (\S+)$"),
     Tolerance("50 iterations after that start", absolute=0.05)),
    (FRONT, "it= 700 - train accuracy= {0.9605} - test accuracy= {0.9541}", NN4,
     printed(LAST_LINE), PROCESSOR),
    (FRONT, "an Intel Xeon ends at {0.9524}, and", NN4, reached("test_accuracy"), PROCESSOR),
    (FRONT, "and at {0.9528} in bfloat16", NN4, reached("test_accuracy"), PROCESSOR),
    (FRONT, "reaches {1}, while test accuracy", MEMORISED, reached("train_accuracy"), PROCESSOR),
    (FRONT, "test accuracy stops at {0.89}.", MEMORISED, reached("test_accuracy"),
     TWO_DIGITS),
    (FRONT, "On 1,000 real faces, nn4 reaches {0.87} and", NN4_PHOTOS,
     mean_reached("test_accuracy"), SIX_HUNDRED),
    (FRONT, "[nn5 {0.964}]", NN5_PHOTOS, mean_reached("test_accuracy"), PROCESSOR),
    (LABS, "it reaches {0.9633}, 0.9667 and", NN5_PHOTOS[0], reached("test_accuracy"), PROCESSOR),
    (LABS, "0.9633, {0.9667} and 0.9633 with seeds", NN5_PHOTOS[1], reached("test_accuracy"),
     PROCESSOR),
    (LABS, "0.9667 and {0.9633} with seeds 0, 1 and 2", NN5_PHOTOS[2], reached("test_accuracy"),
     PROCESSOR),
    (LABS, "with seeds 0, 1 and 2, {0.964} on average", NN5_PHOTOS, mean_reached("test_accuracy"),
     PROCESSOR),
    (LABS, "seed 0 reaches {0.9650} in 146 s", NN5_PHOTOS[0], reached("test_accuracy"), PROCESSOR),
    (LABS, "146 s); nn4 reaches {0.87} there", NN4_PHOTOS, mean_reached("test_accuracy"),
     SIX_HUNDRED),
    (LABS, "test10k: 10,000 images, accuracy {0.9541}", EVALUATED, printed(r"accuracy (\S+)$"),
     PROCESSOR),
    (LABS, "man 4,768 243 {0.9515} woman 216 4,773 {0.9567}", EVALUATED,
     printed(r"^man .* (\S+)\n^woman .* (\S+)$"), FEW_IN_A_CELL),
    (LABS, "precision {0.9567} {0.9516} ```", EVALUATED, printed(r"^precision +(\S+) +(\S+)$"),
     FEW_IN_A_CELL),
    (LABS, "is right on {0.87} of them; nn3", NN4_PHOTOS, mean_reached("test_accuracy"),
     SIX_HUNDRED),
    (LABS, "claims 0.80 and is right on {0.79}.", NN3_PHOTOS, mean_reached("test_accuracy"),
     SIX_HUNDRED),
    (REPRESENTATIONS, "none gets beyond {0.74}.", CLASSICAL,
     printed(r"^raw pixels +64 +\S+ \([^)]*\)  (\S+)"), TWO_DIGITS),
    (REPRESENTATIONS, "an RBF SVM reaches {0.90}.", CLASSICAL,
     printed(r"^HOG +64 +\S+ \([^)]*\)  (\S+)"), TWO_DIGITS),
    (REPRESENTATIONS, "({0.9539} on the same images)", CLASSICAL,
     printed(r"^the network itself: (\S+)"), PROCESSOR),
    (DATA, "nn4 reaches {0.8683},", NN4_PHOTOS[0], reached("test_accuracy"), SIX_HUNDRED),
    (DATA, "0.8683, {0.8517} and", NN4_PHOTOS[1], reached("test_accuracy"), SIX_HUNDRED),
    (DATA, "0.8517 and {0.8717} with", NN4_PHOTOS[2], reached("test_accuracy"), SIX_HUNDRED),
    (DATA, "and nn3 {0.7850},", NN3_PHOTOS[0], reached("test_accuracy"), SIX_HUNDRED),
    (DATA, "0.7850, {0.8033} and", NN3_PHOTOS[1], reached("test_accuracy"), SIX_HUNDRED),
    (DATA, "0.8033 and {0.7867}.", NN3_PHOTOS[2], reached("test_accuracy"), SIX_HUNDRED),
    (DATA, "1,000 images, {50.3}% man, {49.7}% woman, mean brightness {123.7} of 255", INFO,
     printed(r"(\S+)% man, (\S+)% woman, mean brightness (\S+) of"), EXACT),
    (DATA, "mean left eye {18.2} {21.8}, right eye {29.8} {21.8}, nose {24.0} {29.5},", INFO,
     printed(r"left eye (\S+) (\S+), right eye (\S+) (\S+), nose (\S+) (\S+),"), EXACT),
    (DATA, "left of the mouth {18.2} {32.6}, right of the mouth {29.8} {32.6}", INFO,
     printed(r"left of the mouth (\S+) (\S+), right of the mouth (\S+) (\S+)$"), EXACT),
)  # fmt: skip


ONE_RUN = Tolerance("one run, rounded: bits differ between processors", absolute=0.03)
AT = Tolerance("when a loss is no number any more is a matter of bits", factor=3)
TRAIN, TEST, GAP = "train accuracy", "test accuracy", "gap between the two"

# The cards of the exercises: sentence, what the command above it leaves, how far it may be off.
CARDS = (
    ("knowing all 1000 faces, {1.00}; at 10", in_table(("rate 0.1", TRAIN)), ONE_RUN),
    ("at 10 it diverged at iteration {5}, and", in_table(("rate 10", TRAIN)), AT),
    ("right for {0.51} of them; random weights (He's) reach {0.84}",
     in_table(("zeros, 3 layers", TRAIN), ("he, 3 layers", TRAIN)), ONE_RUN),
    ("the train accuracy is {0.49}, against {0.84}",
     in_table(("sigmoid, 10 layers", TRAIN), ("ReLU, 10 layers", TRAIN)), ONE_RUN),
    ("{1.00}. The network memorises nonsense", in_table(("labels shuffled", TRAIN)), ONE_RUN),
    ("it is right {0.51} of the time; with the true labels, {0.71}",
     in_table(("labels shuffled", TEST), ("sound", TEST)), ONE_RUN),
    ("{0.70} with biases and {0.70} without", in_table(("sound", TEST), ("no bias", TEST)),
     ONE_RUN),
    ("Not at all: {0.50}. The loss begins", in_table(("pixels 0 to 255", TRAIN)), ONE_RUN),
    ("Hardly at all: {0.71} on the test set", in_table(("softmax twice", TEST)), ONE_RUN),
    ("falls to {0.00} on the training set and {0.29} on the test set. That is the sound "
     "network's {0.71} turned",
     in_table(("classes swapped", TRAIN), ("classes swapped", TEST), ("sound", TEST)), ONE_RUN),
    ("one gets {1.00} of them right and the other {0.51}, with",
     in_table(("normalized", TRAIN), ("averages lost", TRAIN)), ONE_RUN),
    ("At chance, {0.50}, where", reached("test_accuracy"), ONE_RUN),
    ("from {0.77} to {0.88}. The gap shrinks from {0.23} to {0.10}",
     in_table(("none", TEST), ("shift", TEST), ("none", GAP), ("shift", GAP)), ONE_RUN),
    ("is kept, with {0.75} on the test set", reached("best_test_accuracy"), ONE_RUN),
)  # fmt: skip
CARD_SECONDS = 90  # at most, as their README says


def of_cards():
    """The lines of the cards with their commands, as those of SENTENCES."""
    page = readme.read(EXERCISES)
    for sentence, find, tolerance in CARDS:
        place = (page.find(sentence) or [(len(page.text), "")])[0][0]
        command = Command.of(f"python -m {page.command_above(place)}")
        yield EXERCISES, sentence, command, find, tolerance


@functools.cache
def seconds():
    """{`Command`: seconds} where no README has a line with its time."""
    return SECONDS | {command: CARD_SECONDS for _, _, command, *_ in of_cards()}


def apart(precision):
    """The largest difference that `gradients` prints of layers in a precision."""
    return lambda output: f"{max(float(row[3]) for row in output.rows if precision in row[2:3]):g}"


def errors_of_components(use):
    return printed(rf"components: .*{use}(?: error)? (\d\S*?),?(?: |$)")


def lessons():
    """All lessons that have their place."""
    return [one for one in _all() if not isinstance(one, NoSuchPlace)]


def lost():
    """A sentence for each of those of which a README no longer has what they are about."""
    return [str(one) for one in _all() if isinstance(one, NoSuchPlace)]


@functools.cache
def _all():
    """The lessons, or why one has no place."""
    parts = [
        functools.partial(_of_sentence, line)
        for line in (*SENTENCES, *of_cards(), *_of_gradients())
    ]
    parts += [results.lessons, studies.lessons, _of_components, _of_precision]
    parts += [
        functools.partial(
            of_printed_rows, SEQUENCES, "The gradient, back in time", BACK, UNTRAINED
        ),
        functools.partial(of_printed_rows, OPTIMIZATION, "The ways down a valley", VALLEY, EXACT),
        functools.partial(
            of_printed_rows, LAYERS, "Averages that are right at once", AVERAGES, PROCESSOR
        ),
        functools.partial(
            of_printed_rows,
            AUTOENCODERS,
            "Sparse coding",
            DICTIONARIES,
            OF_A_DICTIONARY,
            means=True,
        ),
        functools.partial(
            of_printed_rows,
            AUTOENCODERS,
            "What codes are good for",
            DICTIONARIES,
            PROCESSOR,
            means=True,
        ),
        functools.partial(
            of_printed_rows, REPRESENTATIONS, "Before and after 2012", CLASSICAL, PROCESSOR, keys=2
        ),
    ]
    return [one for part in parts for one in _placed(part)]


def _placed(part):
    try:
        return list(part())
    except NoSuchPlace as fault:
        return [fault]


def _of_sentence(line):
    yield said(*line)


def _of_gradients():
    for precision, sentence in (
        ("float64", "the largest relative difference of 20 is {}; batch"),
        ("float32", "whose moments have 32 bits, comes to {}."),
    ):
        yield OPTIMIZATION, sentence, GRADIENTS, apart(precision), ROUNDING


def _of_components():
    """The errors of principal components, and what share of them autoencoders reach."""
    titles = "train error", "test error", OF_COMPONENTS
    table = table_of(AUTOENCODERS, "Autoencoders", *titles)
    train, test, share = map(table.column, titles)
    for row in table.rows:
        command = results.command_in(table, row)
        if command == COMPONENTS:
            for column, use in ((train, "train"), (test, "test")):
                find = errors_of_components(use)
                yield of_cell(table, row, column, [COMPONENTS], find, COMPUTED)
        else:
            runs = [COMPONENTS, *map(command.with_seed, (0, 1, 2))]
            find = results.share(row[share].text, "test_error", errors_of_components("test"))
            yield of_cell(table, row, share, runs, find, A_SHARE)


def _of_precision():
    for command, tolerance in ((NN3_PRECISION, PROCESSOR), (NN4_PRECISION, SIX_HUNDRED)):
        lab = command.name.split()[2]
        for lesson in of_printed_rows(SPEED, "Precision", command, tolerance, keys=2):
            if lesson.place.startswith(f"{lab},"):
                yield lesson


# ---------------------------------------------------------------------------- what is not checked


@dataclasses.dataclass(frozen=True)
class Unchecked:
    """Numbers that no lesson checks.

    Attributes:
        why: not, or what checks them.
        readme: the name of the README; None for each.
        section: a pattern for the heading that they stand under; None for each.
        column: the title of their column; None for each.
        text: a sentence with the numbers in braces; None for each number.
    """

    why: str
    readme: str | None = None
    section: str | None = None
    column: str | None = None
    text: str | None = None

    def covers(self, number):
        return (
            self.readme in (None, number.readme)
            and self.column in (None, number.column)
            and (self.section is None or bool(re.fullmatch(self.section, number.section)))
            and (self.text is None or number.start in self._places(number.readme))
        )

    def _places(self, name):
        return {start for start, _ in readme.read(name).find(self.text) or ()}


SIDE_BY_SIDE = "times differ between machines; tests.benchmarks measures them side by side"

UNCHECKED = (
    Unchecked("times differ between machines", column="time"),
    Unchecked(SIDE_BY_SIDE, SPEED, "An iteration"),
    Unchecked(SIDE_BY_SIDE, SPEED, "How the cost grows"),
    Unchecked(SIDE_BY_SIDE, SPEED, "Data"),
    Unchecked(SIDE_BY_SIDE, SPEED, "Summaries"),
    Unchecked("versions of that measurement", SPEED, "Speed"),
    Unchecked(
        "times differ between machines; labs.detection.speed measures them", DETECTION,
        column="scenes a second, one at a time",
    ),
    Unchecked(
        "times differ between machines; labs.detection.speed measures them", DETECTION,
        column="64 at once",
    ),
    Unchecked(
        "times; what is calculated from them: test_lessons.py", "labs/machines/README.md",
        "How far it scales",
    ),
    Unchecked("a version: pyproject.toml", FRONT, text="(Python {3.10} or newer"),
    Unchecked("an option's example", LABS, section="Options"),
    Unchecked("arithmetic: one label in fifty", LABS, text="below the {0.98} that one wrong"),
    Unchecked("an example of what a score may be", LABS,
              text="so {1.0000} may have been {1.3}."),
    Unchecked("no command prints the mean of the probabilities", LABS,
              text="claims {0.96} on average"),
    Unchecked("no command prints the mean of the probabilities", LABS,
              text="claims {0.80} and is right"),
    Unchecked("what three answers may look like", LABS,
              text="row 0 man {1.0000} test10k row 1 woman {0.9811} test10k row 2 man {0.9424}"),
    Unchecked("an example: tests/exercises have every mistake and its hint",
              EXERCISES, "How it goes"),
    Unchecked("read off a curve, worked out there, or a setting; each card's outcome is checked",
              EXERCISES, r"\d+\. .*"),
    Unchecked("where pixels are: tests/dsutil/drawn/test_landmarks.py", DATA,
              text="the middle of pixel i is i + {0.5}"),
    Unchecked("the start of weights: tests/layers", LAYERS, text="standard deviation {0.1},"),
    Unchecked("worked by hand: tests/labs/optimization/test_gradients.py", OPTIMIZATION,
              text="(the slide has {460.30}, which is right, and {-337.3} and {-38.6}, where the "
                   "arithmetic gives {207.55} and {34.40})"),
    Unchecked("tests/labs/test_report_page.py has the bounds; sizes and times are of one machine",
              LABS, section="A page for a run"),
    Unchecked("tests/labs/architectures/test_parameters.py and test_table.py have the counts; the "
              "errors are as published", "labs/architectures/README.md", section="What they cost"),
    Unchecked("a version's name", "labs/architectures/README.md",
              section="The networks of the lectures"),
    Unchecked("tests/labs/architectures/test_fixed_kernels.py", "labs/architectures/README.md",
              section="The slide's kernels"),
    Unchecked("arithmetic: tests/dsutil/drawn/test_adding.py", SEQUENCES,
              text="an error of {0.1667}, twice"),
    Unchecked("distances follow from three runs: tests/labs/autoencoders/test_frechet.py has the "
              "formula", AUTOENCODERS, section="Two networks and a game"),
    Unchecked("it needs the run of a lab, whose accuracy a lesson checks, and no chance is in the "
              "others: tests/labs/representations/test_persons_compared.py", REPRESENTATIONS,
              section=r"Do raw pixels tell persons apart\?"),
    Unchecked("it needs runs of three labs: tests/labs/test_pipeline.py has its sums",
              DETECTION, section=r"Who is there twice\?"),
    Unchecked("a setting, OVERLAP in cascade.py; photographs are not here",
              DETECTION, section=r"And on photographs\?"),
    Unchecked("photographs; on drawn faces the same table is a lesson", REPRESENTATIONS,
              "The same on photographs"),
    Unchecked("its table's 1.002 in words", AUTOENCODERS, text="comes within {0.3} % of"),
    Unchecked("it needs three runs of a lab, whose errors a lesson checks: test_denoisers.py has "
              "the ratios, by OpenCV", AUTOENCODERS, section="Taking noise off"),
    Unchecked("a setting of the lab", AUTOENCODERS, text="rho = {0.05}"),
    Unchecked("a setting of the lab", AUTOENCODERS, text="1/2 |x - Da|² + {0.1} |a|₁"),
    Unchecked("settings to try", AUTOENCODERS, "Try", text="`PENALTY` of {0.05} or {0.3} in"),
    Unchecked("six runs: tests/labs/representations/test_fooled.py has what must hold",
              REPRESENTATIONS, section=r"CNNs are easily fooled\?"),
    Unchecked("the components' share of themselves", AUTOENCODERS,
              column=OF_COMPONENTS, text="{0.007497} | {1} |"),
)  # fmt: skip


def echoes():
    """{`Number`: why} of what a README repeats, and follows from the table of its command."""
    found = {}
    for table in readme.read(FRONT).tables:
        if "reaches" in table.header:
            for row in table.rows:
                cell = row[table.column("reaches")]
                command = results.command_in(table, row)
                held = _reached_by(command) if command else []
                for start, text in cell.numbers:
                    if studies.follows(text, held):
                        found[readme.read(FRONT).numbers[start]] = f"follows from {command}'s table"
    return found


def _reached_by(command):
    """The numbers of the tables of a command, without those of the front page."""
    of_study = [t for t in studies.tables() if Command.of(f"python -m {t.command}") == command]
    held = studies.derivable(of_study)
    for name in readme.names():
        for table in readme.read(name).tables if name != FRONT else ():
            for row in table.rows if "command" in table.header else ():
                if results.command_in(table, row) == command:
                    held += [float(re.sub(",", "", text)) for c in row for _, text in c.numbers]
    return held


def proofs():
    """{`Number`: what shows that it is right, or why nothing has to}."""
    found = echoes() | studies.followed()
    for lesson in lessons():
        found |= dict.fromkeys(lesson.numbers, f"a lesson: {lesson.commands[0]}")
    for name in readme.names():
        for number in readme.read(name).numbers.values():
            for unchecked in UNCHECKED:
                if unchecked.covers(number):
                    found.setdefault(number, f"not checked: {unchecked.why}")
    return found


def unproven():
    """The numbers of all READMEs that nothing checks, in their order."""
    known = proofs()
    return [
        number
        for name in readme.names()
        for _, number in sorted(readme.read(name).numbers.items())
        if number not in known
    ]

"""compare: what runs have reached, side by side, in a table and a picture of their curves.

Prints the data, the parameters, what it reached on the whole train and test sets and the time of
each run. A run that is not finished is shown with what is known of it.

    python -m labs.compare logs
    python -m labs.compare logs/nn3 logs/nn4/first --picture curves.png
    python -m labs.compare logs/nn4/study-* --markdown
"""

import sys

from dsutil.errors import InputError, exit_with_sentence
from labs.analysis import intervals, plots, results, tables
from labs.analysis.curves import draw
from labs.analysis.results import USES
from labs.training.options import Parser

INTERVALS = (
    "In brackets 95 % Wilson intervals, from the number of images alone: how far chance in which "
    "images there are reaches. Another seed is another chance."
)
HEADER = ("run", "lab", "train data", "test data", "parameters", "iterations")
UNKNOWN = "-"


def main(arguments=None):
    parser = Parser("python -m labs.compare", __doc__)
    parser.add_argument(
        "runs", nargs="*", default=["logs"], metavar="RUN", help="a run, a folder of runs, or a "
        "pattern (default: logs)"
    )  # fmt: skip
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    parser.add_argument("--picture", metavar="FILE", help="draw the curves (.png, .svg, .pdf)")
    options = parser.parse_args(arguments)
    with exit_with_sentence():
        sys.exit(compare(options))


def compare(options):
    """Prints the table and draws the picture; returns 1 if something could not be read, else 0."""
    found, complaints = read_all(options.runs)
    if found:
        print_table(found, options.markdown)
    for complaint in complaints:
        print(f"error: {complaint}", file=sys.stderr)
    if found and options.picture:
        plots.save(draw(found), options.picture)
        print(f"{options.picture}: written", file=sys.stderr)
    return 1 if complaints else 0


def read_all(places):
    """The results of all runs in `places`, each once, and a sentence for each that has none."""
    found, complaints = {}, []
    for place in places:
        try:
            paths = results.find(place)
        except InputError as error:
            complaints.append(str(error))
            continue
        for path in paths:
            if path not in found:
                try:
                    result = results.read(path)
                    found[path] = result if result.finished else results.so_far(result)
                except InputError as error:
                    complaints.append(str(error))
    return list(found.values()), complaints


def print_table(found, in_markdown):
    layout = tables.markdown if in_markdown else tables.aligned
    headlines = list(dict.fromkeys(result.headline for result in found))
    reached = [f"{use} {headline.name}" for headline in headlines for use in USES]
    judged = ["test at the best step"] if any(result.best for result in found) else []
    rows = [row(result, headlines, judged) for result in found]
    for line in layout((*HEADER, *reached, *judged, "time"), rows, left=4):
        print(line)
    if any(headline.is_share for headline in headlines):
        print(f"\n{INTERVALS}")


def row(result, headlines, judged):
    """The cells of a run: what it reached stands in the columns of its own headline."""
    asked = result.options["iterations"]
    whole = result.finished and result.iterations == asked
    iterations = f"{asked:,}" if whole else f"{result.iterations:,} of {asked:,}"
    reached = [
        told(result, use) if headline == result.headline else UNKNOWN
        for headline in headlines
        for use in USES
    ]
    return (
        str(result.path),
        result.lab,
        *(f"{result.options[use]} ({result.data[use]['count']:,})" for use in USES),
        f"{result.parameters:,}",
        iterations,
        *reached,
        *(best(result) for _ in judged),
        f"{result.seconds:,.0f} s" if result.finished else UNKNOWN,
    )


def told(result, use):
    """What a run reached on one of its sets, with the interval where that is a share."""
    number = result.reached[use]
    if number is None:
        return UNKNOWN
    if not result.headline.is_share:
        return result.headline.told(number)
    low, high = intervals.wilson(number, result.data[use]["count"])
    return f"{number:.4f} [{low:.4f}, {high:.4f}]"


def best(result):
    """What a run reached on the test set at the step that was best on the validation set."""
    if not result.best:
        return UNKNOWN
    return f"{result.headline.told(result.best['test'])} at {result.best['step']:,}"


if __name__ == "__main__":
    main()

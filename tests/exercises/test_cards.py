"""The cards of "Break it": each has all its parts, and can be played as it is printed."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

import labs
from labs.analysis import measures
from labs.board.layout import charts
from labs.tasks import COURSE
from labs.training.options import parse

README = Path(labs.__path__[0], "exercises", "README.md")
CARD = re.compile(
    r"(?P<title>[^\n]+)\n\n"
    r"\*\*Predict\.\*\* (?P<question>[^*]+)\n\n"
    r"\*\*Run\.\*\*\n\n```sh\n(?P<command>[^\n]+)\n```\n\n"
    r"\*\*Look at\*\* (?P<look>[^*]+)\n\n"
    r"<details><summary>What happens</summary>\n\n(?P<answer>.+)\n\n</details>\n*",
    re.DOTALL,
)


def texts():
    """The cards as they stand in the README, from their titles on."""
    text = README.read_text(encoding="utf-8") if README.exists() else ""
    _, _, section = text.partition("\n## Break it\n")
    return re.split(r"(?m)^### ", re.split(r"(?m)^## ", section)[0])[1:]


def script_of(card):
    """The module that a card runs, and the words behind it."""
    python, option, module, *words = shlex.split(card["command"])
    assert (python, option) == ("python", "-m")
    return importlib.import_module(module), words


@pytest.fixture(params=texts(), ids=lambda text: text.partition("\n")[0])
def card(request):
    """The parts of a card."""
    found = CARD.fullmatch(request.param)
    assert found, "expected Predict, Run, Look at and the folded answer, in this order"
    return found


def test_there_are_twelve_cards_with_different_commands():
    assert [text.partition(".")[0] for text in texts()] == [str(n) for n in range(1, 13)]
    assert len({CARD.fullmatch(text)["command"] for text in texts()}) == 12


def test_it_asks_for_a_choice_and_answers_with_a_number_that_was_measured(card):
    question = " ".join(card["question"].split())
    assert re.search(r", .*\bor\b.*\?", question)
    assert re.search(r"\d\.\d\d|\bdiverged\b", card["answer"])


def test_its_command_is_understood_and_its_variants_exist(card, capsys):
    script, words = script_of(card)
    if not hasattr(script, "study"):
        assert parse(script.lab, words)
        return
    with pytest.raises(SystemExit) as exit_:
        script.study.main([*words, "--list"])
    assert exit_.value.code == 0
    listed = [line.rpartition(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert len(listed) == 2
    assert all(name in words for name in listed)


def test_what_it_looks_at_is_shown(card):
    script, _ = script_of(card)
    (kind, name), *_ = re.findall(r"the (curves?|columns?) `([^`]+)`", card["look"])
    if kind.startswith("curve"):
        tags = [tag for chart in charts(COURSE.headline).values() for tag in chart.values()]
        assert any(re.match(tag, name) for tag in tags)
        return
    shown = [measures.TRAIN, measures.TEST, script.study.measure, *script.study.extra]
    assert name in [measure.called(COURSE.headline) for measure in shown]

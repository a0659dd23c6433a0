"""The glossary: a table in order, each term once, each link to something that is there."""

import re
from pathlib import Path

import pytest

import labs
from tests.test_readmes import anchors

GLOSSARY = Path(labs.__file__).with_name("GLOSSARY.md")
NOWHERE = "—"
LINK = re.compile(r"\[(?P<label>[^]]+)\]\((?P<path>[^)#]+)(?:#(?P<anchor>[^)]+))?\)")


def rows():
    """The table's rows, its two lines of header left out: (term, French, meaning, where)."""
    text = GLOSSARY.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


each_row = pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])


def test_there_are_terms_enough_and_not_too_many_to_be_read():
    assert 80 <= len(rows()) <= 160


@each_row
def test_a_row_has_a_term_its_french_a_sentence_and_where_to_see_it(row):
    _, _, meaning, where = row
    assert all(row)
    assert re.fullmatch(r"[\w(][^.]*(\.\d[^.]*)*\.", meaning), "expected one sentence"
    assert where == NOWHERE or LINK.fullmatch(where)


def test_the_terms_are_in_the_order_of_the_alphabet_and_none_is_there_twice():
    terms = [term.casefold() for term, *_ in rows()]
    assert terms == sorted(set(terms))


def test_most_terms_can_be_seen_in_a_lab():
    shown = [where for *_, where in rows() if where != NOWHERE]
    assert len(shown) >= 0.85 * len(rows())


@each_row
def test_a_link_leads_to_what_its_label_says(row):
    if row[-1] == NOWHERE:
        return
    label, path, anchor = LINK.fullmatch(row[-1]).groups()
    target = GLOSSARY.parent / path
    assert target.is_file()
    assert not anchor or anchor in anchors(target)
    if target.suffix == ".py":
        name = label.rpartition(".")[2]
        defined = rf"(?m)^(def|class) {name}\b"
        assert name == target.stem or re.search(defined, target.read_text(encoding="utf-8"))

"""The table of the lectures' networks."""

import re

import pytest

from labs.architectures import table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    table.main(["--only", "LeNet-5", "AlexNet", "SqueezeNet", "--untimed", "--out", str(folder)])
    return folder


def test_it_has_a_line_for_each_network_with_its_numbers_and_its_source(folder):
    lines = (folder / "table.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == table.HEADER
    assert rows[3] == [
        "AlexNet", "2012", "8", "60,965,224", "724.4 M", "0.94 M", "195", "ImageNet", "40.7 %",
        "18.2 %", "-", "Krizhevsky et al. 2012, table 2, one network",
    ]  # fmt: skip
    assert [row[0] for row in rows[2:]] == ["LeNet-5", "AlexNet", "SqueezeNet"]


def test_alexnet_s_multiplications_and_values_are_those_of_its_formulas(folder):
    convolutions = 55**2 * 363 * 96 + 27**2 * 1200 * 256 + 13**2 * 2304 * 384
    convolutions += 13**2 * 1728 * (384 + 256)
    connected = 9216 * 4096 + 4096 * 4096 + 4096 * 1000
    assert round((convolutions + connected) / 1e6, 1) == 724.4
    maps = 227**2 * 3 + (55**2 + 27**2) * 96 + (27**2 + 13**2) * 256
    maps += 13**2 * (384 + 384 + 256) + 6**2 * 256 + 4096 + 4096 + 1000
    assert round(maps / 1e6, 2) == 0.94


def test_it_draws_error_against_cost(folder):
    assert (folder / "table.png").read_bytes().startswith(b"\x89PNG")


def test_a_network_s_time_is_told_in_milliseconds():
    row = table.looked_at(table.NETWORKS["LeNet-5"], timed=True)
    assert row.seconds > 0
    assert re.fullmatch(r"\d+", table.cells("LeNet-5", row)[-2])


def test_every_error_has_a_source_with_a_year_and_there_is_one_for_each_network():
    for published in table.NETWORKS.values():
        assert re.search(r"\b(19|20)\d\d\b", published.source)
        assert published.top_1 or published.top_5


def test_the_slide_s_and_the_papers_order_holds():
    errors = {name: row.top_5 for name, row in table.NETWORKS.items()}
    order = ["AlexNet", "ZF", "VGG A", "VGG E", "ResNet-50", "ResNet-152"]
    assert sorted(order, key=errors.get, reverse=True) == order


def test_a_name_that_is_none_is_one_sentence_and_exit_2(capsys):
    with pytest.raises(SystemExit) as exit_:
        table.main(["--only", "nosuch"])
    assert exit_.value.code == 2

"""A table is printed, and written beside its picture."""

from labs.analysis import plots, tables

HEADER, ROWS = ["network", "numbers"], [["LeNet-5", "61,706"], ["a|b", "7"]]


def test_a_table_is_printed_and_written_with_its_picture(tmp_path, capsys):
    folder = tmp_path / "new/folder"
    tables.write(folder, "sizes", HEADER, ROWS, lambda: plots.figure()[0])
    assert capsys.readouterr().out.splitlines() == [
        "network  numbers",
        "LeNet-5   61,706",
        "a|b            7",
        f"{folder}/sizes.md: written",
        f"{folder}/sizes.png: written",
    ]
    assert (folder / "sizes.md").read_text() == (
        "| network | numbers |\n| --- | ---: |\n| LeNet-5 | 61,706 |\n| a\\|b | 7 |\n"
    )
    assert (folder / "sizes.png").read_bytes().startswith(b"\x89PNG")


def test_a_table_without_a_picture_writes_none(tmp_path):
    tables.write(tmp_path, "sizes", HEADER, ROWS)
    assert [path.name for path in tmp_path.iterdir()] == ["sizes.md"]

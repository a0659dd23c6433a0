"""A study whose variants begin from runs that it trains for that."""

import dataclasses

import pytest
from small_study import small, study, wide

from labs.analysis import planned as plans
from labs.analysis.study import Study

BEGINNING = dataclasses.replace(
    study,
    slow=(),
    claims=(("wide one", "narrow"),),
    variants={"narrow": small, "wide one": wide},
    sources={"first": small, "second": small},
    begins={"second": "first", "wide one": "second"},
)
SHARED = dataclasses.replace(
    BEGINNING, begins={"narrow": "first", "wide one": "first"}, shared=("first",)
)


@pytest.fixture
def conduct(monkeypatch, tmp_path):
    """Conducts a study without training; returns {name of a run: its options}, in their order."""

    def run(study, *words):
        trained = {}

        def train(planned, _):
            trained[planned.name] = planned.asked

        monkeypatch.setattr(plans.Planned, "train", train)
        monkeypatch.setattr(plans, "load_tensorflow", lambda: None)
        monkeypatch.setattr(plans.Planned, "outcome", lambda planned: planned)
        monkeypatch.setattr(Study, "conclude", lambda *_: None)
        with pytest.raises(SystemExit) as exit_:
            study.main(["--logs", str(tmp_path), *words])
        assert exit_.value.code == 0
        return trained

    return run


def test_each_source_is_trained_before_what_begins_from_its_run_of_the_same_seed(conduct, tmp_path):
    trained = conduct(BEGINNING)
    assert list(trained)[:4] == ["first-seed0", "first-seed1", "second-seed0", "second-seed1"]
    assert set(list(trained)[4:]) == {
        f"{name}-seed{seed}" for name in ("narrow", "wide_one") for seed in (0, 1)
    }
    begun = {name: options["begin_from"] for name, options in trained.items()}
    for seed in (0, 1):
        runs = tmp_path / "small_study"
        assert begun[f"second-seed{seed}"] == str(runs / f"first-seed{seed}")
        assert begun[f"wide_one-seed{seed}"] == str(runs / f"second-seed{seed}")
        assert begun[f"first-seed{seed}"] == begun[f"narrow-seed{seed}"] == ""


def test_what_begins_from_a_source_is_not_begun_beside_it(monkeypatch, tmp_path):
    at_a_time = []
    monkeypatch.setattr(
        "labs.analysis.study.train_all",
        lambda plan, **_: at_a_time.append([run.name for run in plan]),
    )
    monkeypatch.setattr(plans.Planned, "outcome", lambda planned: planned)
    monkeypatch.setattr(Study, "conclude", lambda *_: None)
    with pytest.raises(SystemExit):
        BEGINNING.main(["--logs", str(tmp_path), "--jobs", "2"])
    assert [names for names in at_a_time if names] == [
        ["first-seed0", "first-seed1"],
        ["second-seed0", "second-seed1"],
        ["narrow-seed0", "narrow-seed1", "wide_one-seed0", "wide_one-seed1"],
    ]


def test_a_source_from_which_nothing_begins_that_was_asked_for_is_not_trained(conduct):
    assert list(conduct(BEGINNING, "--only", "narrow")) == ["narrow-seed0", "narrow-seed1"]


def test_all_seeds_begin_from_one_run_of_a_shared_source(conduct, tmp_path):
    trained = conduct(SHARED)
    assert [name for name in trained if name.startswith("first")] == ["first-seed0"]
    begun = {o["begin_from"] for name, o in trained.items() if not name.startswith("first")}
    assert begun == {str(tmp_path / "small_study" / "first-seed0")}


def test_from_names_a_run_in_place_of_a_shared_source(conduct):
    trained = conduct(SHARED, "--from", "logs/nn5/1")
    assert not [name for name in trained if name.startswith("first")]
    assert {options["begin_from"] for options in trained.values()} == {"logs/nn5/1"}


def test_what_all_variants_are_trained_on_is_not_for_the_sources(conduct):
    trained = conduct(BEGINNING, "--train", "mine", "--test", "others", "--iterations", "3")
    for name, options in trained.items():
        source = name.startswith(("first", "second"))
        found = options["train"], options["test"], options["iterations"]
        assert found == (("tiny", "other", 6) if source else ("mine", "others", 3))


def test_the_lab_of_a_source_is_found_by_its_run():
    assert BEGINNING.lab_of("second-seed1") is BEGINNING.sources["second"]
    assert BEGINNING.sources["second"].command == "python -m labs.small_study"


@pytest.mark.parametrize(
    "changed", [{"begins": {"narrow": "third"}}, {"begins": {"third": "first"}}, {"shared": ("x",)}]
)
def test_a_source_that_is_not_there_is_refused_when_the_study_is_made(changed):
    with pytest.raises(ValueError, match=r"has no variant '(third|x)'"):
        dataclasses.replace(BEGINNING, **changed)

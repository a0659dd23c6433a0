"""A lab says what it trains on in the option's word, though that is what trains it as well."""

import dataclasses

from labs import nn2, nn4
from labs.training.options import Options


def test_a_copy_of_a_lab_keeps_what_it_trains_on_or_is_given_another():
    assert nn4.lab.train_set == "10k"
    assert dataclasses.replace(nn4.lab, iterations=5).train_set == "10k"
    other = dataclasses.replace(nn4.lab, train="mine")
    assert (other.train_set, Options.of_lab(other).train) == ("mine", "mine")
    assert other == dataclasses.replace(nn4.lab, train_set="mine")


def test_a_lab_can_be_made_of_its_values_in_their_order():
    values = [getattr(nn2.lab, field.name) for field in dataclasses.fields(nn2.lab)]
    assert type(nn2.lab)(*values) == nn2.lab

"""A network and its graph, kept for runs that differ in nothing but the seed.

To trace a graph and to have TensorFlow optimise it takes seconds, and many a run of a study not
much more. Of what is in a graph, the seed changes the numbers in variables alone: the weights, and
the words by which the draws of layers follow from seed and step. So the graph that one run has made
serves the next one, which gives it the numbers of its own seed, and ends as without that, to the
bit.
"""

import dataclasses

from labs.training.network import Network


class Kept:
    """The network that the last run of a process has trained.

    Args:
        seeds: those of the runs that the process may train.
    """

    def __init__(self, seeds=()):
        self._seeds = set(seeds)
        self._key = self._lab = self._network = self._steps = None
        self._numbers = {}  # of networks of other seeds, by seed

    def network_and_steps(self, lab, options):
        """The `Network` of a run as it is before training, and its `Steps`.

        Args:
            lab: the `Lab`.
            options: the run's `Options`.
        """
        key = dataclasses.replace(options, seed=0)
        known = lab is self._lab and key == self._key
        if known and options.seed in self._numbers and self._is_free_of_the_seed():
            self._network.become(self._numbers.pop(options.seed))
            self._steps.draw_by_the_seed()
        else:
            self._lab, self._key = lab, key
            # Where the last run's graph did not serve this one, it serves no other seed either.
            self._make(options, () if known or lab.initialize else self._seeds - {options.seed})
        return self._network, self._steps

    def _make(self, options, others):
        """Makes a network and its graph, and before it the numbers of other seeds.

        Not after it: TensorFlow takes a new seed as a reason to forget how it has optimised graphs.
        """
        from labs.training.step import Steps

        self._network = self._steps = None  # one at a time in memory
        made = {seed: self._made(dataclasses.replace(options, seed=seed)) for seed in others}
        self._network = Network(self._lab, options)
        now = self._described(self._network) if made else {}
        if "network" in now.get("code", ()):  # it is there where layers are the lab's own
            made = {}
        self._numbers = {seed: numbers for seed, (numbers, found) in made.items() if found == now}
        self._steps = Steps(self._network, self._lab)

    def _made(self, options):
        network = Network(self._lab, options)
        return network.numbers(), self._described(network)

    def _described(self, network):
        from labs.runs import identity

        return identity.of(self._lab, network.model) | {"precision": network.precision}

    def _is_free_of_the_seed(self):
        """Whether the graph would be the same with another seed.

        Not where a student's own layer may hold what it drew when it was made, in a place that no
        config tells of, or where the lab sets the weights itself, perhaps by chance: of these no
        numbers are made. Nor where the graph has variables or draws that no layer holds.
        """
        return (
            self._network.strategy_name == "one"
            and not self._steps.draws_from_the_shared_generator
            and not list(self._steps.check_graph())
        )

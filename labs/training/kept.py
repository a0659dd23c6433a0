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
        self._forget()

    def _forget(self):
        self._lab = self._key = self._network = self._steps = None
        self._numbers = {}  # of networks of other seeds, by seed

    def network_and_steps(self, lab, options):
        """The `Network` of a run as it is before training, and its `Steps`.

        Args:
            lab: the `Lab`.
            options: the run's `Options`.
        """
        key = dataclasses.replace(options, seed=0, begin_from="")  # neither is in a graph
        known = lab is self._lab and key == self._key
        if known and self._serves(options.seed):
            self._network.become(self._numbers.pop(options.seed))
            self._steps.draw_by_the_seed()
        else:
            # A graph that does not serve this seed serves no other one either.
            others = () if known or lab.initialize else sorted(self._seeds - {options.seed})
            self._make(lab, options, others)
            self._lab, self._key = lab, key
        return self._network, self._steps

    def _make(self, lab, options, others):
        """Makes a network and its graph, and before it the numbers of other seeds.

        Not after it: TensorFlow takes a new seed as a reason to forget how it has optimised graphs.
        """
        from labs.training.step import Steps

        self._forget()  # one network at a time in memory, and none after an error
        made = {}
        for seed in others:
            network = Network(lab, dataclasses.replace(options, seed=seed))
            described = _described(lab, network)
            if not _says_all(described):
                break
            made[seed] = network.numbers(), described
        self._network = Network(lab, options)
        now = _described(lab, self._network) if made else None
        self._numbers = {seed: numbers for seed, (numbers, found) in made.items() if found == now}
        self._steps = Steps(self._network, lab)

    def _serves(self, seed):
        """Whether the graph is that of a run with this seed, but for numbers that there are.

        It is not where it has variables or draws that no layer holds.
        """
        return (
            seed in self._numbers
            and self._network.has_room_for(self._numbers[seed])
            and not list(self._steps.check_graph())
            and not self._steps.draws_from_the_shared_generator
        )


def _described(lab, network):
    from labs.runs import identity

    said = {"precision": network.precision, "strategy": network.strategy_name}
    return identity.of(lab, network.model) | said


def _says_all(described):
    """Whether nothing else of a network than its numbers can follow from the seed.

    A student's own layer may hold what it drew when it was made, in a place that no config tells
    of, and a loss or an optimizer may draw by NumPy while it is traced. The variables of several
    devices are left to these.
    """
    code = described["code"]  # that of the network is there where layers are the lab's own
    return described["strategy"] == "one" and "network" not in code and "random" not in str(code)

"""How a run does on whole data sets, time after time; when it was best; and when that is enough."""

import sys

from dsutil import progress
from labs.runs.validation import USE as VALIDATION
from labs.training.evaluation import evaluate


class Assessment:
    """The evaluations of a run.

    Args:
        task: the lab's.
        options: the `Options`.
        sets: the `DataSet`s by use.
        network: the `Network`.
        measure: `Steps.measure` of the network.
        summaries: the `Summaries`, which show what is found.
        validation: the run's `Validation`.
        of_chief: `Workers.of_chief`.
    """

    def __init__(self, task, options, sets, network, measure, summaries, validation, of_chief):
        self.task, self.options, self.sets = task, options, sets
        self.network, self.measure = network, measure
        self.summaries, self.validation, self.of_chief = summaries, validation, of_chief
        # Where the optimizer averages the weights, those that it averages are judged as well.
        self._plain_on = [use for use in sets if use != "train" and network.keeps_averages]
        self._plain = {}

    def evaluate(self, step, before_each):
        """The `Evaluation`s after `step` iterations, by use; prints, shows and notes them.

        Args:
            before_each: called before each batch of images; what it raises ends the evaluation.
        """
        from labs.board.unchanged import unchanged

        total = sum(self.sets[use].count for use in (*self.sets, *self._plain_on))
        bar = progress.bar(total, "images evaluated", stays=False, file=sys.stdout)

        def measured(uses):
            def advance(images):
                before_each()
                bar.update(images)

            return {use: evaluate(self.sets[use], self.task, self.measure, advance) for use in uses}

        # A layer that counts its calls, say, counts those in training only.
        with unchanged(self.network.model), bar:
            self._plain = _headlines(measured(self._plain_on))
            with self.network.final_weights():
                found = measured(self.sets)
                bar.close()  # before anything is printed
                self.tell(step, _headlines(found))
                self.summaries.evaluation(step, found, self._plain)
        if VALIDATION in self.sets:
            due = step % self.options.evaluate_every == 0
            self.validation.add(step, self.of_chief(_headlines(found)), due)
        return found

    def tell(self, step, headlines):
        """Prints what was reached at a step, {use: headline}."""
        print(f"it= {step:6d}{self._told(headlines)}", flush=True)
        if self._plain:
            print(f"            without averaging{self._told(self._plain)}", flush=True)

    def _told(self, headlines):
        headline = self.task.headline
        return "".join(
            f" - {use} {headline.name}= {headline.told(number)}"
            for use, number in headlines.items()
        )

    def has_waited_enough(self):
        """Whether the run ends early: for `patience` evaluations, nothing was better."""
        return 0 < self.options.patience <= self.validation.waited

    def rate_from_here(self, rate_after):
        """The learning rate that a lab's `rate_after` gives for what was reached so far."""
        return rate_after(self.options.learning_rate, self.validation.headlines)

    def result(self, evaluations):
        """What result.json says of it: the last `evaluations`, and the best ones if any are."""
        found = {
            f"{use}_{name}": number
            for use, evaluation in evaluations.items()
            for name, number in evaluation.numbers.items()
        }
        name, best = self.task.headline.name, self.best
        found |= {f"{use}_{name}_without_averaging": n for use, n in self._plain.items()}
        if best:
            found["best_iteration"] = best["step"]
            found |= {f"best_{use}_{name}": n for use, n in best.items() if use != "step"}
        return found

    @property
    def best(self):
        """What was reached when the run was best; None where nothing judges that."""
        return self.validation.best if VALIDATION in self.sets else None


def _headlines(evaluations):
    return {use: evaluation.headline for use, evaluation in evaluations.items()}

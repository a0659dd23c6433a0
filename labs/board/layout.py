"""The Custom Scalars tab: the charts that matter, in the order of the questions."""

from tensorboard.plugins.custom_scalar import summary
from tensorboard.plugins.custom_scalar.layout_pb2 import (
    Category,
    Chart,
    Layout,
    MultilineChartContent,
)

# Each chart by its title, with the tags that it draws, as a regular expression.
CHARTS = {
    "Does it learn, and does it generalise?": {
        "accuracy on the whole train and test sets": "^accuracy$",
        "loss on the whole train and test sets": "^loss$",
        "generalisation gap: train accuracy - test accuracy": "^generalisation_gap$",
    },
    "How does it learn?": {
        "loss of the batch": "^batch/loss$",
        "accuracy of the batch": "^batch/accuracy$",
        "gradient norm": "^gradient_norm$",
        "update / weight, of each kernel": "^update_to_weight/",
        "share of dead ReLU units": "^dead_relu/",
        "learning rate": "^learning_rate$",
    },
    "How fast?": {"images a second": "^images_per_second$"},
}


def layout():
    """The summary that holds it."""
    return summary.pb(
        Layout(
            category=[
                Category(
                    title=title,
                    chart=[
                        Chart(title=name, multiline=MultilineChartContent(tag=[tag]))
                        for name, tag in charts.items()
                    ],
                )
                for title, charts in CHARTS.items()
            ]
        )
    )

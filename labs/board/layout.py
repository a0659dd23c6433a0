"""The Custom Scalars tab: the charts that matter, in the order of the questions."""

import re

from tensorboard.plugins.custom_scalar import summary
from tensorboard.plugins.custom_scalar.layout_pb2 import (
    Category,
    Chart,
    Layout,
    MultilineChartContent,
)


def charts(headline):
    """Each chart by its title, with the tags that it draws, as a regular expression.

    Args:
        headline: the `Number` that counts.
    """
    name = headline.name
    tag = re.escape(name)
    better = "train - test" if headline.higher_is_better else "test - train"
    return {
        "Does it learn, and does it generalise?": {
            f"{name} on the whole train and test sets": f"^{tag}$",
            "loss on the whole train and test sets": "^loss$",
            f"generalisation gap: {name}, {better}": "^generalisation_gap$",
        },
        "How does it learn?": {
            "loss of the batch": "^batch/loss$",
            f"{name} of the batch": f"^batch/{tag}$",
            "gradient norm": "^gradient_norm$",
            "update / weight, of each kernel": "^update_to_weight/",
            "share of dead ReLU units": "^dead_relu/",
            "learning rate": "^learning_rate$",
        },
        "How fast?": {"images a second": "^images_per_second$"},
    }


def layout(headline):
    """The summary that holds it."""
    return summary.pb(
        Layout(
            category=[
                Category(
                    title=title,
                    chart=[
                        Chart(title=name, multiline=MultilineChartContent(tag=[tag]))
                        for name, tag in category.items()
                    ],
                )
                for title, category in charts(headline).items()
            ]
        )
    )

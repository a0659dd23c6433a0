"""optimizers: momentum is faster than plain gradient descent, and Adam is faster still.

The slides derive each method's update from the one before. Here each trains the chapter's
perceptron from the same initial weights, at the best of eight learning rates: the first two with
the gradient of one image and of all 1000, the others with that of the same mini-batches.

    python -m labs.optimization.optimizers
    python -m labs.optimization.optimizers --only mini-batch momentum Adam --seeds 5
"""

import dataclasses

import keras

from labs.analysis import measures
from labs.analysis.study import Study
from labs.optimization.perceptron import lab

OPTIMIZERS = {
    "mini-batch": lambda rate: keras.optimizers.SGD(rate),
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "Nesterov": lambda rate: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "Adagrad": lambda rate: keras.optimizers.Adagrad(rate),
    "RMSprop": lambda rate: keras.optimizers.RMSprop(rate),
    "Adam": lambda rate: keras.optimizers.Adam(rate),
    "AdamW": lambda rate: keras.optimizers.AdamW(rate),
}
plain = dataclasses.replace(lab, train="1k", iterations=300, optimizer=OPTIMIZERS["mini-batch"])

study = Study(
    name="optimizers",
    about=__doc__,
    variants={
        "one image": dataclasses.replace(plain, batch_size=1),
        "all images": dataclasses.replace(plain, batch_size=1000),
        **{
            name: dataclasses.replace(plain, optimizer=optimizer)
            for name, optimizer in OPTIMIZERS.items()
        },
    },
    rates=(0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    measure=measures.ON_THE_WAY,
    claims=(("momentum", "mini-batch"), ("Nesterov", "momentum"), ("Adam", "momentum")),
)

if __name__ == "__main__":
    study.main()

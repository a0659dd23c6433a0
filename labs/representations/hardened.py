"""hardened: nn4, trained on pictures that mislead it.

Half of each batch has a noise on it of at most 8 grey levels, which is the noise that makes the
network doubt its own answer most. Nobody sees the noise; nn4 falls for it, and this network learns
not to. `fooling` measures both.

    python -m labs.representations.hardened
    python -m labs.representations.fooling logs/nn4/1 logs/hardened/1
"""

import dataclasses

import keras

import layers as Layers
from labs import nn4

GREY_LEVELS = 8  # of 256


def network(x):
    """Logarithms of the two probabilities, (batch, 2), for images (batch, 2304)."""
    classifier = keras.Model(x, nn4.network(x), name="nn4")
    return Layers.AdversarialTraining(classifier, GREY_LEVELS / 256, name="hardened")(x)


lab = dataclasses.replace(nn4.lab, name="hardened", about=__doc__, network=network)

if __name__ == "__main__":
    lab.main()

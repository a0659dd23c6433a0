"""sparse: as many units as in `overcomplete`, of which only few may be active at a time.

The slide's penalty: beta times the sum over the units of KL(rho, rho_hat), where rho_hat is how
active a unit is on average, and rho what is wanted. Who may speak seldom has to say something: the
kernels become strokes.

    python -m labs.autoencoders.sparse
    python -m labs.autoencoders.codes
"""

import dataclasses
import math

import keras

import layers as Layers
from labs.autoencoders import overcomplete
from labs.autoencoders.overcomplete import GLOROT, UNITS, decoder, patches

RHO = 0.05  # how active a unit is to be
BETA = 3.0  # how much that counts


def network(x):
    """The faces again, (batch, 2304), for faces (batch, 2304)."""
    seldom = keras.initializers.Constant(math.log(RHO / (1 - RHO)))  # where a sigmoid is RHO
    code = Layers.fc(patches(x), UNITS, "code", "sigmoid", bias_initializer=seldom, **GLOROT)
    return decoder(Layers.sparsity(code, RHO, BETA, "few_active"))


lab = dataclasses.replace(overcomplete.lab, name="sparse", about=__doc__, network=network)

if __name__ == "__main__":
    lab.main()

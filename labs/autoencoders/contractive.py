"""contractive: a code that stays where it is when the picture changes a little.

The slide's penalty: beta times the squared Frobenius norm of the Jacobian, all derivatives of the
code by the pixels. For one layer of sigmoid units there is a formula for it, so nothing has to be
differentiated twice.

    python -m labs.autoencoders.contractive
    python -m labs.autoencoders.codes
"""

import dataclasses

import layers as Layers
from labs.autoencoders import overcomplete
from labs.autoencoders.overcomplete import GLOROT, UNITS, decoder, patches

BETA = 0.01


def network(x):
    """The faces again, (batch, 2304), for faces (batch, 2304)."""
    return decoder(Layers.fc_contractive(patches(x), UNITS, BETA, "code", **GLOROT))


lab = dataclasses.replace(overcomplete.lab, name="contractive", about=__doc__, network=network)

if __name__ == "__main__":
    lab.main()

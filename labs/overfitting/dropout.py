"""dropout: units that are set to 0 by chance cannot rely on one another.

Dropout in front of the chapter's network's last layer, of more and more of its units.

    python -m labs.overfitting.dropout
"""

import dataclasses
import functools

from labs.analysis import charts, measures
from labs.analysis.study import Study
from labs.overfitting.small_net import lab, network

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)

study = Study(
    name="dropout",
    about=__doc__,
    variants={
        f"dropout {share:g}": dataclasses.replace(
            lab, network=functools.partial(network, dropped=share)
        )
        for share in SHARES
    },
    draw=charts.curves("train", "test"),
    extra=(measures.GAP,),
    claims=(("dropout 0.4", "dropout 0"), ("dropout 0.6", "dropout 0")),
    seeds=5,
)

if __name__ == "__main__":
    study.main()

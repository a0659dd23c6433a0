"""nn3: does the perceptron work? Its accuracy on whole data sets.

The network is nn2's. New is the question: how often is it right, on the images that it trained on,
and on images that it never saw? Three sets to train on, one to test:

    python -m labs.nn3 --train 1k
    python -m labs.nn3 --train 10k
    python -m labs.nn3 --train 100k --iterations 60000
"""

from labs.nn2 import loss, network, optimizer
from labs.training import Lab

lab = Lab(
    name="nn3",
    about=__doc__,
    network=network,
    loss=loss,
    reduction="sum",
    optimizer=optimizer,
    train="1k",
    test="test10k",
    iterations=20_000,
    batch_size=128,
    learning_rate=3e-4,
    summary_every=1000,
    evaluate_every=4000,
)

if __name__ == "__main__":
    lab.main()

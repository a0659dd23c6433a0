"""What the loop trains with is the slide's sum of error and penalty, in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, rel_entr

from dsutil.dataset import normalized
from labs.autoencoders import contractive, overcomplete, sparse
from labs.training import data_sets
from labs.training.batches import Batches
from labs.training.network import Network
from labs.training.options import Options
from labs.training.step import Steps

BATCH = 16


def nothing(h, kernel):
    return 0.0


def divergence(h, kernel):
    """beta sum_j KL(rho, rho_hat_j)."""
    rho, means = sparse.RHO, h.reshape(-1, h.shape[-1]).mean(axis=0)
    return sparse.BETA * np.sum(rel_entr(rho, means) + rel_entr(1 - rho, 1 - means))


def jacobian(h, kernel):
    """beta ||dh/dx||_F^2, each derivative written out: the mean over the batch."""
    slopes = (h * (1 - h))[..., None, :] * kernel  # (batch, patches, pixels, units)
    return contractive.BETA * np.mean(np.sum(slopes**2, axis=(1, 2, 3)))


def batches_of(faces):
    return Batches(data_sets.open_one(overcomplete.lab.task, faces, "tiny"), BATCH, seed=0)


@pytest.mark.parametrize(
    ("lab", "penalty"),
    [(overcomplete.lab, nothing), (sparse.lab, divergence), (contractive.lab, jacobian)],
    ids=lambda of: getattr(of, "name", None),
)
def test_a_batch_s_loss_is_the_mean_error_and_the_penalty(lab, penalty, faces):
    options = Options.of_lab(lab, precision="float32", strategy="one", seed=1)
    network = Network(lab, options)
    code = network.model.get_layer("code")
    code.bias.assign(np.zeros(code.units))  # as sparse units start, they cost next to nothing
    weights = {
        name: [w.numpy().astype(np.float64) for w in network.model.get_layer(name).weights]
        for name in ("code", "picture")
    }
    batches = batches_of(faces)
    images, truths, rows = batches.load(0, 1)
    losses, *_ = Steps(network, lab).run(images, truths, rows, 0)

    x = normalized(np.asarray(tf.gather(images, rows[0]))).astype(np.float64)
    x = x.reshape(BATCH, 4, 12, 4, 12).transpose(0, 1, 3, 2, 4).reshape(BATCH, 16, 144)
    h = expit(x @ weights["code"][0] + weights["code"][1])
    y = h @ weights["picture"][0] + weights["picture"][1]
    error = np.mean(np.sum((y - x) ** 2, axis=(1, 2)))
    assert float(losses[0]) == pytest.approx(error + penalty(h, weights["code"][0]), rel=1e-4)


def test_sparse_units_start_as_seldom_active_as_they_are_to_be(faces):
    options = Options.of_lab(sparse.lab, precision="float32", strategy="one")
    model = Network(sparse.lab, options).model
    images, _, rows = batches_of(faces).load(0, 1)
    x = normalized(np.asarray(tf.gather(images, rows[0])))
    h = np.asarray(keras.Model(model.input, model.get_layer("code").output)(x))
    assert h.mean() == pytest.approx(sparse.RHO, abs=0.02)


def test_a_decoder_s_patches_stay_short(faces):
    options = Options.of_lab(
        overcomplete.lab, precision="float32", strategy="one", learning_rate=0.5
    )
    network = Network(overcomplete.lab, options)
    batches = batches_of(faces)
    Steps(network, overcomplete.lab).run(*batches.load(0, 3), 0)
    kernel = network.model.get_layer("picture").kernel.numpy()
    lengths = np.linalg.norm(kernel, axis=1)
    assert lengths.max() == pytest.approx(1, abs=1e-3)

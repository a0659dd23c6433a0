"""Sparse coding: pictures as sums of few out of many atoms (lecture: "Sparse coding")."""

import keras
from keras import ops

from layers.initialization import initializer


@keras.saving.register_keras_serializable(package="layers")
class Dictionary(keras.layers.Layer):
    """Writes each patch of a picture as a sum of few atoms, and paints it again from these.

    The code a of a patch x is the smallest

        1/2 |x - D a|^2 + penalty * (|a_1| + |a_2| + ...),

    D being the atoms, side by side, none of which is longer than 1. It is found by iterative
    shrinkage and thresholding (ISTA): from a = 0 on, a step down the gradient of the first term,
    then every number moves towards 0 by the same amount, and stays there if it arrives:

        a <- S(a - D^T (D a - x) / L, penalty / L),   S(z, t) = sign(z) max(|z| - t, 0),

    with the largest eigenvalue L of D^T D. That never makes the sum larger. With Nesterov's
    momentum (FISTA) it now and then does, and arrives many times sooner. Called with
    `reverse=True`, the layer makes pictures D a of codes.

    Gradients flow through the iterations, but not through L. To learn the atoms, stop them at the
    codes: at the smallest sum its derivative by D is that of the first term, with a as it is.

    It has side * side * channels * atoms weights, and computes in float32 in any precision policy.

    Args:
        atoms: how many.
        side: of a patch, in pixels. Patches lie side by side.
        penalty: what a code of 1 costs.
        iterations: of ISTA.
        momentum: whether a step starts ahead of the codes, where the step before leads.
        **kwargs: as of any Keras layer.

    Input shape: (batch, height, width, channels); height and width are multiples of `side`.
    Output shape: (batch, height / side, width / side, atoms); with `reverse=True` the two are
        exchanged.

    Example:
        >>> dictionary = Dictionary(100, 8, penalty=0.1)
        >>> codes = dictionary(keras.Input((48, 48, 1)))
        >>> codes.shape, dictionary(codes, reverse=True).shape
        ((None, 6, 6, 100), (None, 48, 48, 1))

    Raises:
        ValueError: an argument is out of its range, or the pictures are not made of whole patches.

    Source: Daubechies, Defrise and De Mol, "An iterative thresholding algorithm for linear inverse
    problems with a sparsity constraint", 2004; with momentum: Beck and Teboulle, "A Fast Iterative
    Shrinkage-Thresholding Algorithm for Linear Inverse Problems", 2009; as layers of a network:
    Gregor and LeCun, "Learning Fast Approximations of Sparse Coding", 2010.
    """

    def __init__(self, atoms, side, penalty, iterations=50, momentum=False, **kwargs):
        super().__init__(autocast=False, **kwargs)  # the small steps of ISTA need 32 bits
        if min(atoms, side, iterations) < 1 or penalty < 0:
            raise ValueError(
                "atoms, side and iterations must be 1 or more, and penalty not negative, got "
                f"{atoms}, {side}, {iterations} and {penalty}"
            )
        self.atoms, self.side, self.penalty = atoms, side, penalty
        self.iterations, self.momentum = iterations, momentum

    def build(self, input_shape):
        _, height, width, channels = input_shape
        if height % self.side or width % self.side:
            raise ValueError(
                f"Dictionary expects pictures of whole patches of {self.side}x{self.side}, got "
                f"{height}x{width}"
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.side, self.side, channels, self.atoms),
            initializer=initializer("orthonormal"),
            constraint=keras.constraints.MaxNorm(1, axis=[0, 1, 2]),
            autocast=False,
        )

    def call(self, t, reverse=False):
        t = ops.cast(t, "float32")
        atoms = ops.reshape(self.kernel, (-1, self.atoms))
        y = self._pictures(t, atoms) if reverse else self._codes(self._patches(t), atoms)
        return ops.cast(y, self.compute_dtype)

    def _patches(self, t):
        """(batch, height, width, channels) as (batch, rows, columns, numbers of a patch)."""
        _, height, width, channels = t.shape
        rows, columns, side = height // self.side, width // self.side, self.side
        t = ops.reshape(t, (-1, rows, side, columns, side * channels))
        t = ops.transpose(t, (0, 1, 3, 2, 4))
        return ops.reshape(t, (-1, rows, columns, side * side * channels))

    def _pictures(self, codes, atoms):
        """Of codes (batch, rows, columns, atoms), `_patches` backwards."""
        _, rows, columns, _ = codes.shape
        side, channels = self.side, self.kernel.shape[2]
        t = ops.matmul(codes, ops.transpose(atoms))
        t = ops.reshape(t, (-1, rows, columns, side, side * channels))
        return ops.reshape(
            ops.transpose(t, (0, 1, 3, 2, 4)), (-1, rows * side, columns * side, channels)
        )

    def _codes(self, x, atoms):
        """ISTA for patches x (..., numbers) and atoms (numbers, atoms)."""
        largest = ops.eigh(ops.matmul(atoms, ops.transpose(atoms)))[0][-1]
        step = ops.stop_gradient(1 / ops.maximum(largest, keras.backend.epsilon()))
        gram, drive = ops.matmul(ops.transpose(atoms), atoms), ops.matmul(x, atoms)

        def shrunk(i, state):
            before, ahead = state
            a = ahead - step * (ops.matmul(ahead, gram) - drive)
            a = ops.soft_shrink(a, step * self.penalty)
            if not self.momentum:
                return a, a
            i = ops.cast(i, "float32")
            return a, a + i / (i + 3) * (a - before)

        zeros = ops.zeros_like(drive)
        return ops.fori_loop(0, self.iterations, shrunk, (zeros, zeros))[0]

    def get_config(self):
        names = ("atoms", "side", "penalty", "iterations", "momentum")
        return super().get_config() | {name: getattr(self, name) for name in names}

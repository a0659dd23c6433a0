"""All exercises, in the order of the lectures."""

from labs.checking.activations import RELU, SIGMOID, TANH
from labs.checking.convolutions import (
    CONV_BACKWARD,
    CONV_FORWARD,
    MAXPOOL_BACKWARD,
    MAXPOOL_FORWARD,
    OUTPUT_SIZE,
)
from labs.checking.detection import IOU, NON_MAXIMUM_SUPPRESSION
from labs.checking.losses import CROSS_ENTROPY, SOFTMAX
from labs.checking.networks import (
    COUNT_PARAMETERS,
    FC_BACKWARD,
    FC_FORWARD,
    NUMERIC_GRADIENT,
    READ_PAIR,
    RESIDUAL_BACKWARD,
)
from labs.checking.normalization import (
    BATCHNORM_BACKWARD,
    BATCHNORM_FORWARD,
    BATCHNORM_INFERENCE,
)
from labs.checking.optimizers import ADAGRAD, ADAM, MOMENTUM, NESTEROV, RMSPROP
from labs.checking.sequences import LSTM_STEP
from labs.checking.training import DROPOUT, EARLY_STOPPING, L2_PENALTY, XAVIER

EXERCISES = (
    # Neural networks
    READ_PAIR,
    FC_FORWARD,
    COUNT_PARAMETERS,
    # What a network is made of
    SIGMOID,
    TANH,
    RELU,
    OUTPUT_SIZE,
    CONV_FORWARD,
    MAXPOOL_FORWARD,
    SOFTMAX,
    CROSS_ENTROPY,
    # Optimization
    NUMERIC_GRADIENT,
    FC_BACKWARD,
    CONV_BACKWARD,
    MAXPOOL_BACKWARD,
    MOMENTUM,
    NESTEROV,
    ADAGRAD,
    RMSPROP,
    ADAM,
    XAVIER,
    # Overfitting
    EARLY_STOPPING,
    L2_PENALTY,
    DROPOUT,
    # More architectures
    BATCHNORM_FORWARD,
    BATCHNORM_BACKWARD,
    BATCHNORM_INFERENCE,
    RESIDUAL_BACKWARD,
    LSTM_STEP,
    IOU,
    NON_MAXIMUM_SUPPRESSION,
)
BY_NAME = {exercise.name: exercise for exercise in EXERCISES}

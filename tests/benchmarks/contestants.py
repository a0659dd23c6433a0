"""The same training done in several ways, each in a process of its own.

`python -m tests.benchmarks.contestants NAME FILE` prepares, then answers each line `n` on standard
input by running n iterations and printing {"seconds": ..., "loss": ...}: how long they took, and
the loss of the first batch after them. All begin with the weights in FILE and take the batches one
after another in the file's order, as the lecture does, so all must arrive at the same loss.
"""

import json
import sys
import time
from types import SimpleNamespace

import numpy as np

ADAM = {"nn4": 1e-3}
DESCENT = {"nn1": 1e-4, "nn3": 1e-4}


class Task:
    """What is trained: read from the file that the parent wrote."""

    def __init__(self, path):
        file = np.load(path)
        self.lab = str(file["lab"])
        self.images, self.labels = file["images"], file["labels"]  # bytes, one-hot
        self.batch_size = int(file["batch_size"])
        self.weights = [file[f"weight_{i}"] for i in range(int(file["weights"]))]
        self.precision = str(file["precision"])
        self.position = 0

    @property
    def floats(self):
        return (self.images.astype(np.float32) - 128) / 256

    def next_slice(self):
        if self.position + self.batch_size > len(self.images):
            self.position = 0
        self.position += self.batch_size
        return slice(self.position - self.batch_size, self.position)


def ours(task):
    """The labs' own training path."""
    import labs  # noqa: F401
    from labs.machines import devices, quiet

    tf, keras = quiet.load_tensorflow()
    from labs.training.step import Steps, scaled

    lab = _lab(task.lab)
    precision = devices.choose_precision(task.precision)
    keras.config.set_dtype_policy({"bfloat16": "mixed_bfloat16"}.get(precision, precision))
    x = keras.Input((task.images.shape[1],))
    model = keras.Model(x, _network(lab, task)(x))
    model.set_weights(task.weights)
    optimizer = _optimizer(task.lab, keras)
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    network = SimpleNamespace(model=model, optimizer=optimizer, strategy=strategy)
    steps = Steps(network, lab)
    images, labels = tf.constant(task.images), tf.constant(task.labels)
    count = 0

    def run(n):
        nonlocal count
        slices = [task.next_slice() for _ in range(n)]
        rows = np.array([np.arange(s.start, s.stop) for s in slices], np.int32)
        steps.run(images, (labels,), rows, count)[0].numpy()
        count += n

    def loss():
        first = slice(task.batch_size)
        y = steps.outputs(scaled(images[first]))
        return float(tf.reduce_sum(lab.loss(y, labels[first]))) / task.batch_size

    return run, loss


def session(task):
    """The lecture's own way: a graph, a session, a feed_dict for each iteration."""
    import tensorflow as tf

    tf1 = tf.compat.v1
    tf1.disable_eager_execution()
    x = tf1.placeholder(tf.float32, [None, task.images.shape[1]])
    y_desired = tf1.placeholder(tf.float32, [None, 2])
    variables = [tf1.Variable(weight) for weight in task.weights]
    if task.lab == "nn4":
        t = tf.reshape(x, [-1, 48, 48, 1])
        for W, B in zip(variables[0:6:2], variables[1:6:2], strict=True):
            t = tf.nn.relu(tf.nn.conv2d(t, W, [1, 1, 1, 1], "SAME") + B)
            t = tf.nn.max_pool2d(t, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        t = tf.reshape(t, [-1, variables[6].shape[0]])
        y = tf.nn.log_softmax(tf.matmul(t, variables[6]) + variables[7])
        loss = -tf.reduce_mean(tf.reduce_sum(y_desired * y, 1))
        step = tf1.train.AdamOptimizer(ADAM["nn4"], epsilon=1e-7).minimize(loss)
        scale = 1
    else:
        W1, B1, W2, B2 = variables
        y = tf.matmul(tf.nn.sigmoid(tf.matmul(x, W1) + B1), W2) + B2
        loss = tf.reduce_sum(tf.square(y - y_desired))
        step = tf1.train.GradientDescentOptimizer(DESCENT[task.lab]).minimize(loss)
        scale = task.batch_size
    session = tf1.Session()
    session.run(tf1.global_variables_initializer())
    data, label = task.floats, task.labels

    def run(n):
        for _ in range(n):
            part = task.next_slice()
            session.run(step, feed_dict={x: data[part], y_desired: label[part]})

    def probe():
        first = slice(task.batch_size)
        return float(session.run(loss, {x: data[first], y_desired: label[first]})) / scale

    return run, probe


def keras_fit(task, steps_per_execution=1):
    """`model.fit` on arrays."""
    import keras

    lab = _lab(task.lab)
    x = keras.Input((task.images.shape[1],))
    model = keras.Model(x, _network(lab, task)(x))
    model.set_weights(task.weights)
    mean = lab.reduction == "mean"
    model.compile(
        _optimizer(task.lab, keras),
        lambda y_desired, y: lab.loss(y, y_desired),
        steps_per_execution=steps_per_execution,
    )
    if not mean:  # Keras averages over the batch; the lecture sums
        model.optimizer.learning_rate = DESCENT[task.lab] * task.batch_size
    data, label = task.floats, task.labels

    def run(n):
        # One epoch of n batches: fit does not go on from where it stopped.
        parts = [task.next_slice() for _ in range(n)]
        x, y = (np.concatenate([array[part] for part in parts]) for array in (data, label))
        begin = time.perf_counter()
        model.fit(x, y, task.batch_size, shuffle=False, verbose=0)
        return time.perf_counter() - begin

    def probe():
        import tensorflow as tf

        first = slice(task.batch_size)
        y = model(data[first], training=False)
        return float(tf.reduce_mean(lab.loss(y, label[first])))

    return run, probe


def keras_fit_32(task):
    """`model.fit` with 32 steps for each execution."""
    return keras_fit(task, steps_per_execution=32)


def torch_eager(task, compiled=False, channels_last=False, autocast=False):
    """PyTorch, eager, on arrays in memory."""
    import torch

    class Conv(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.convs = torch.nn.ModuleList()
            for W, B in zip(task.weights[0:6:2], task.weights[1:6:2], strict=True):
                conv = torch.nn.Conv2d(W.shape[2], W.shape[3], 3, padding=1)
                conv.weight.data = torch.tensor(W.transpose(3, 2, 0, 1).copy())
                conv.bias.data = torch.tensor(B)
                self.convs.append(conv)
            # Keras flattens (height, width, channels), PyTorch (channels, height, width).
            channels = task.weights[4].shape[3]
            W = task.weights[6].reshape(6, 6, channels, 2).transpose(3, 2, 0, 1).reshape(2, -1)
            self.fc = torch.nn.Linear(W.shape[1], 2)
            self.fc.weight.data, self.fc.bias.data = (
                torch.tensor(W.copy()),
                torch.tensor(task.weights[7]),
            )

        def forward(self, x):
            t = x.reshape(-1, 1, 48, 48)
            if channels_last:
                t = t.to(memory_format=torch.channels_last)
            for conv in self.convs:
                t = torch.nn.functional.max_pool2d(torch.relu(conv(t)), 2)
            return torch.log_softmax(self.fc(t.flatten(1)), 1)

    class Perceptron(torch.nn.Module):
        def __init__(self):
            super().__init__()
            W1, B1, W2, B2 = task.weights
            self.fc1, self.fc2 = torch.nn.Linear(*W1.shape), torch.nn.Linear(*W2.shape)
            for layer, W, B in ((self.fc1, W1, B1), (self.fc2, W2, B2)):
                layer.weight.data, layer.bias.data = torch.tensor(W.T.copy()), torch.tensor(B)

        def forward(self, x):
            return self.fc2(torch.sigmoid(self.fc1(x)))

    model = Conv() if task.lab == "nn4" else Perceptron()
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    if task.lab == "nn4":
        optimizer = torch.optim.Adam(model.parameters(), ADAM["nn4"], eps=1e-7)
    else:
        optimizer = torch.optim.SGD(model.parameters(), DESCENT[task.lab])
    data, label = torch.tensor(task.floats), torch.tensor(task.labels)

    def loss_of(part):
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            y = model(data[part])
        if task.lab == "nn4":
            return -(label[part] * y).sum(1).mean()
        return ((y - label[part]) ** 2).sum()

    loss_of_step = torch.compile(loss_of) if compiled else loss_of

    def run(n):
        for _ in range(n):
            optimizer.zero_grad(set_to_none=True)
            loss_of_step(task.next_slice()).backward()
            optimizer.step()

    def probe():
        with torch.no_grad():
            loss = float(loss_of(slice(task.batch_size)))
        return loss if task.lab == "nn4" else loss / task.batch_size

    return run, probe


def torch_channels_last(task):
    """PyTorch, eager, channels_last."""
    return torch_eager(task, channels_last=True)


def torch_bfloat16(task):
    """PyTorch, eager, channels_last, bfloat16 autocast."""
    return torch_eager(task, channels_last=True, autocast=True)


def torch_compile(task):
    """PyTorch, torch.compile."""
    return torch_eager(task, compiled=True)


ALL = {
    "ours": ours,
    "session": session,
    "keras fit": keras_fit,
    "keras fit, 32 steps": keras_fit_32,
    "torch eager": torch_eager,
    "torch channels_last": torch_channels_last,
    "torch bfloat16": torch_bfloat16,
    "torch compile": torch_compile,
}


def _lab(name):
    from labs import nn3, nn4

    return {"nn3": nn3, "nn4": nn4}[name].lab


def _network(lab, task):
    """The lab's network, with as many filters as the weights have."""
    import layers as Layers

    if lab.name != "nn4":
        return lab.network

    def network(x):
        t = Layers.unflat(x, 48, 48, 1)
        for W in task.weights[0:6:2]:
            t = Layers.maxpool(Layers.conv(t, W.shape[3], 3), 2)
        return Layers.fc(Layers.flat(t), 2, activation="log_softmax")

    return network


def _optimizer(lab, keras):
    return keras.optimizers.Adam(ADAM[lab]) if lab in ADAM else keras.optimizers.SGD(DESCENT[lab])


def main(name, path):
    run, loss = ALL[name](Task(path))
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"ready": name}), file=answers, flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        seconds = run(int(line)) or time.perf_counter() - begin
        print(json.dumps({"seconds": seconds, "loss": loss()}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

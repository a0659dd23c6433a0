"""The Graphs tab: the network as its layers, where a traced graph is a heap of operations."""

import keras
import tensorflow as tf


def layer_graph(model):
    """A `GraphDef` with a node for each layer and each plain operation.

    What is inside a model that is part of the network has a name that begins with that model's,
    `vgg16/block1_conv1`: TensorBoard draws them together, as one node that opens.
    """
    nodes = {}
    _add(model, nodes, prefix="", fed={})
    graph = tf.compat.v1.GraphDef(versions={"producer": 22})
    for name, (kind, sources, shapes) in nodes.items():
        node = graph.node.add(name=name, op=kind, input=sources)
        protos = [tf.TensorShape(shape).as_proto() for shape in shapes]
        node.attr["_output_shapes"].list.shape.extend(protos)
    return graph


def _add(model, nodes, prefix, fed):
    """Adds a model's layers to `nodes`: {name: (kind, sources, shapes of the outputs)}.

    A source is written as a `GraphDef` does it: `lstm` is the first output of that node, `lstm:1`
    the second.

    Args:
        prefix: of the names.
        fed: the sources of the model's inputs, {id of the tensor: [source]}.

    Returns:
        The sources of the model's outputs.
    """
    made = {}  # {id of a tensor: the source it is}
    for call in _calls(model):
        operation, name = call.operation, prefix + call.operation.name
        sources = [made[id(tensor)] for tensor in call.input_tensors]
        if _opens(operation):
            # There may be fewer sources: an input can be optional.
            given = zip(operation.inputs, sources, strict=False)
            inside = {id(tensor): [source] for tensor, source in given}
            outputs = _add(operation, nodes, f"{name}/", inside)
        else:
            shapes = [tensor.shape for tensor in call.outputs]
            _, known, _ = nodes.setdefault(name, (type(operation).__name__, [], shapes))
            sources += fed.get(id(call.outputs[0]), [])
            known += [one for one in sources if one not in known]
            outputs = [name, *(f"{name}:{i}" for i in range(1, len(shapes)))]
        made.update(zip(map(id, call.outputs), outputs, strict=True))
    return [made[id(tensor)] for tensor in model.outputs]


def _opens(operation):
    """Whether an operation is a model that is known from its inputs to its outputs."""
    known = isinstance(operation, (keras.Function, keras.Sequential))
    return known and hasattr(operation, "outputs")  # a `Sequential` has them once it is built


def _calls(model):
    """The calls of layers and operations that make a model's outputs, each after those it needs.

    They are Keras's nodes. A layer may have others: other models call it, too (`fusion`).
    """
    ordered, seen = [], set()
    waiting = [(_call_of(tensor), False) for tensor in reversed(model.outputs)]
    while waiting:
        call, complete = waiting.pop()
        if complete:
            ordered.append(call)
        elif call not in seen:
            seen.add(call)
            needed = [(_call_of(tensor), False) for tensor in reversed(call.input_tensors)]
            waiting += [(call, True), *needed]
    return ordered


def _call_of(tensor):
    operation, number, _ = tensor._keras_history
    return operation._inbound_nodes[number]

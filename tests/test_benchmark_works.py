"""What the benchmarks time: operations and networks, their arithmetic, and that pycnn's side does them."""

import json
import sys
from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import pytest

# Last, so that the installed pycnn is found before its sources.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks import (
    layers,
    nets,
    ops,
    predict,
    protocol,
    pycnn_networks,
    rows,
    shapes,
    tasks,
    train_step,
    worker_pycnn,
)

GROUPED = layers.QUICK_CONVOLUTIONS
CONV = rows.convolution("conv", (2, 9, 8, 3), 5, 3, strides=2)
DENSE = rows.both_ways("dense", "dense", (7, 11), filters=13)
POOL = rows.both_ways("pool", "max_pool", (2, 9, 8, 3), pool_size=2)
OVERLAPPING = rows.both_ways("pool", "max_pool", (2, 9, 8, 3), pool_size=3, strides=2)
TRANSPOSED = rows.transposed("transposed", (2, 9, 8, 3), 5, 4)
DEPTHWISE = rows.depthwise((2, 9, 8, 3), strides=2)
SEQUENCE = rows.convolution("sequence", (2, 9, 3), 5, 3)
UNSHUFFLED = rows.both_ways("to depth", "space_to_depth", (2, 8, 6, 3), pool_size=2)


@pytest.mark.parametrize(
    ("work", "output_shape", "flops", "floats"),
    [
        (CONV[0], (2, 5, 4, 5), 2 * 200 * 27, 432 + 200 + 135),
        (CONV[1], (2, 5, 4, 5), 4 * 200 * 27, 2 * 432 + 200 + 2 * 135),
        (GROUPED[0], (2, 6, 6, 8), 2 * 576 * 18, 288 + 576 + 144),
        (GROUPED[1], (2, 6, 6, 8), 2 * 576 * 18, 288 + 576 + 144),
        (DENSE[0], (7, 13), 2 * 7 * 11 * 13, 77 + 91 + 143),
        (DENSE[1], (7, 13), 4 * 7 * 11 * 13, 2 * 77 + 91 + 2 * 143),
        (POOL[0], (2, 4, 4, 3), None, 432 + 96),
        (POOL[1], (2, 4, 4, 3), None, 2 * 432 + 96),
        (OVERLAPPING[0], (2, 4, 3, 3), None, 432 + 72),
        (TRANSPOSED[0], (2, 18, 16, 5), 2 * 144 * 240, 432 + 2880 + 240),
        (TRANSPOSED[1], (2, 18, 16, 5), 4 * 144 * 240, 2 * 432 + 2880 + 2 * 240),
        (DEPTHWISE[0], (2, 5, 4, 3), 2 * 120 * 9, 432 + 120 + 27),
        (SEQUENCE[0], (2, 9, 5), 2 * 90 * 9, 54 + 90 + 45),
        (UNSHUFFLED[0], (2, 4, 3, 12), None, 288 + 288),
    ],
)
def test_operation_description(work, output_shape, flops, floats):
    assert (work.output_shape, work.flops, work.traffic) == (output_shape, flops, 4 * floats)
    assert shapes.operation_from(json.loads(json.dumps(work.description()))) == work


@pytest.mark.parametrize("quick", [False, True], ids=["all", "quick"])
def test_operations_have_names_of_their_own_and_the_shapes_pycnn_finds(quick):
    works = [work for table in ops.TABLES.values() for work in table[quick]]
    assert len({(work.name, work.direction) for work in works}) == len(works)
    for work in works:
        if work.direction == "forward":
            one_sample = shapes.Operation(**{**work.description(), "shape": (1, *work.shape[1:])})
            assert worker_pycnn.operation_call(one_sample)().shape == (1, *work.output_shape[1:])


@pytest.mark.parametrize(
    "work", [*layers.QUICK_CONVOLUTIONS, *rows.QUICK_OPERATIONS], ids=lambda work: f"{work.name} {work.direction}"
)
def test_quick_operations_cover_every_kind_of_call(work):
    result = worker_pycnn.operation_call(work)()
    assert all(np.isfinite(number) for number in protocol.root_mean_squares(result))
    for whole, quick in ops.TABLES.values():
        assert {(one.operation, one.direction) for one in whole} == {(one.operation, one.direction) for one in quick}


def test_single_gradients_are_the_parts_of_both():
    of_inputs, of_kernel = (worker_pycnn.operation_call(work)() for work in layers.QUICK_CONVOLUTIONS[1:])
    both = worker_pycnn.operation_call(replace(layers.QUICK_CONVOLUTIONS[0], direction="gradient"))()
    assert of_inputs[1:] == (None, None) and of_kernel[0] is None and of_kernel[2] is None
    np.testing.assert_array_equal(of_inputs[0], both[0])
    np.testing.assert_array_equal(of_kernel[1], both[1])


@pytest.mark.parametrize(
    ("network", "distinct", "flops"),
    [("LeNet-5", 2, 0.715e6), ("AlexNet", 5, 1.331e9), ("VGG-16", 9, 30.69e9), ("ResNet-50", 23, 8.174e9)],
)
def test_convolutions_are_those_of_the_network(network, distinct, flops):
    builders = {"LeNet-5": nets.lenet, "AlexNet": nets.alexnet, "VGG-16": layers.vgg16, "ResNet-50": nets.resnet50}
    graph = builders[network]()
    assert sum(node.flops for node in graph.nodes if node.kind == "conv") == pytest.approx(flops, rel=1e-3)
    works = layers.convolutions(network, graph)
    assert len([work for work in works if work.direction == "forward"]) == distinct
    assert len([work for work in works if work.direction == "input gradient"]) == distinct - 1  # not of the images


def test_googlenet_ends_with_the_published_shape():
    graph = layers.googlenet()
    assert graph.shape(len(graph.nodes) - 1) == (7, 7, 1024)
    weights = sum(prod(node.kernel_shape) for node in graph.nodes)
    assert weights + 1024 * 1000 == pytest.approx(6.99e6, rel=1e-3)


@pytest.mark.parametrize("work", layers.CONVOLUTIONS[::7], ids=lambda work: f"{work.name} {work.direction}")
def test_batches_of_convolutions_are_limited(work):
    twice = replace(work, shape=(2 * work.shape[0], *work.shape[1:]))
    assert work.flops <= layers.MOST_FLOPS and work.shape[0] <= layers.MOST_IMAGES
    assert twice.flops > layers.MOST_FLOPS or twice.shape[0] > layers.MOST_IMAGES or twice.traffic > layers.MOST_BYTES


# Parameters without moving statistics, as published where these networks are, and 10^6 operations forward.
COUNTS = {
    "LeNet-5": (61_706, 0.833),
    "MNIST convnet": (34_826, 4.882),
    "CIFAR convnet": (591_274, 50.01),
    "VGG-11-BN": (9_228_362, 305.5),
    "ResNet-18": (11_173_962, 1110.8),
    "AlexNet": (60_965_224, 1448.8),
    "ResNet-50": (25_557_032, 8178.4),
    "depthwise net": (1_556_746, 76.07),
    "autoencoder": (259_040, 57.34),
    "U-Net": (2_442_881, 1303.4),
    "1D CNN": (190_154, 22.02),
    "one of each": (2_995, 0.06497),
}


@pytest.mark.parametrize("name", nets.NETWORKS)
def test_networks_are_the_ones_they_are_named_after(name):
    graph, (parameters, flops) = nets.NETWORKS[name](), COUNTS[name]
    model = pycnn_networks.model_of(graph)
    assert sum(prod(weight.shape) for weight in model.trainable_weights) == parameters
    assert graph.forward_flops == pytest.approx(1e6 * flops, rel=1e-3)
    assert model.output_shape == (None, *graph.nodes[-1].shape)


def test_network_task_counts_arithmetic_and_repeats_its_numbers():
    first, rest = 2 * 28 * 28 * 6 * 25, 2 * (10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10)
    assert tasks.NetworkTask("LeNet-5", 3).flops == 3 * (first + rest)
    task = tasks.NetworkTask("LeNet-5", 3, "SGD")
    assert task.flops == 3 * (2 * first + 3 * rest)
    assert tasks.NetworkTask(**json.loads(json.dumps(task.description()))) == task
    for node, one, other in zip(task.graph.nodes, task.initial_kernels(), task.initial_kernels(), strict=True):
        assert (() if one is None else one.shape) == node.kernel_shape
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("network", "shape", "integers"),
    [("LeNet-5", (3,), True), ("U-Net", (3, 64, 64, 1), False), ("autoencoder", (3, 64, 64, 3), False)],
)
def test_targets_are_those_of_the_loss(network, shape, integers):
    task = tasks.NetworkTask(network, 3)
    images, targets = task.batch()
    assert images.shape == (3, *task.graph.nodes[0].shape) and images.dtype == np.float32
    assert targets.shape == shape and (targets.dtype == np.int64) == integers
    if network == "autoencoder":
        np.testing.assert_array_equal(images, targets)
    else:
        assert set(np.unique(targets)) <= set(range(10))


def test_values_are_let_go_after_their_last_reader():
    graph = nets.one_of_each()
    readers = graph.last_readers
    for number, node in enumerate(graph.nodes):
        assert all(readers[value] >= number for value in node.inputs)
    assert readers[-1] == len(graph.nodes) - 1


@pytest.mark.parametrize("task", train_step.QUICK_TASKS, ids=lambda task: task.name)
def test_split_of_a_training_step_is_whole(task):
    parts = pycnn_networks.network_call(task).split()
    assert list(parts) == ["forward", "input gradient", "kernel gradient", "rest"]
    assert sum(parts.values()) == pytest.approx(1) and all(0 < part < 1 for part in parts.values())


@pytest.mark.parametrize("task", [*train_step.QUICK_TASKS, *predict.QUICK_TASKS], ids=lambda task: task.name)
def test_quick_tasks_cover_every_kind_of_node(task):
    result = pycnn_networks.network_call(task)()
    assert np.isfinite(result).all()
    if not task.optimizer:
        assert result.shape == (task.batch_size, *task.graph.nodes[-1].shape)
        assert result.std() > 1e-4  # all the same would hide differences
    kinds = {node.kind for build in nets.NETWORKS.values() for node in build().nodes}
    assert kinds == {node.kind for node in nets.one_of_each().nodes}

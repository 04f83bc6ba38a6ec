// The operations a network runs, in order: the ancestors of its outputs, activations fused.
#pragma once

#include "pycnn/graph.hpp"

namespace pycnn {

/// One operation. Values are named by their ids in the graph.
template <class T>
struct Step {
  std::shared_ptr<const Node<T>> node;
  std::vector<index_t> inputs;
  index_t output;
  index_t first_parameter;  // in the network's list
  bool trains;              // whether there are parameters to train
  bool always_inference;    // also in training
};

template <class T>
struct StepList {
  std::vector<Step<T>> steps;
  std::vector<index_t> consumers;  // of each value, the network's caller being one of an output's
  std::vector<index_t> inputs;     // in the order of the graph
  std::vector<Shape> input_shapes;
  std::vector<index_t> outputs;
  std::vector<Shape> output_shapes;
};

/// `first_parameter[id]`: where a node's parameters begin in the network's list.
template <class T>
StepList<T> list_steps(const Graph<T>& graph, const std::vector<index_t>& outputs,
                       const std::vector<index_t>& first_parameter);

/// The graph ids that each step computes: its output, and the values that are left out because
/// their only consumer is part of the same step.
template <class T>
std::vector<std::vector<index_t>> nodes_of_steps(const Graph<T>& graph, const StepList<T>& list);

}  // namespace pycnn

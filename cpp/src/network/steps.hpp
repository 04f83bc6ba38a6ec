// The operations a network runs, in order: the ancestors of its outputs, activations fused.
#pragma once

#include "pycnn/graph.hpp"

namespace pycnn {

/// The nodes that a step does in its epilogue (epilogue.hpp).
template <class T>
struct FusedNodes {
  std::shared_ptr<const Node<T>> norm;  // batch normalisation, or null
  index_t norm_parameter = 0;           // its first
  bool adds = false;                    // the last of the step's inputs
  Activation activation;                // relu, with or without a limit, or linear

  bool any() const { return norm || adds || activation != Activation::linear; }
};

/// One operation. Values are named by their ids in the graph.
template <class T>
struct Step {
  std::shared_ptr<const Node<T>> node;
  std::vector<index_t> inputs;
  index_t output;
  index_t first_parameter;  // in the network's list
  bool trains;              // whether there are parameters to train
  bool always_inference;    // also in training
  index_t pack = 0;         // which packed parameters of the network are its own
  FusedNodes<T> fused = {};
};

template <class T>
struct StepList {
  std::vector<Step<T>> steps;
  std::vector<index_t> consumers;  // of each value, the network's caller being one of an output's
  std::vector<index_t> inputs;     // in the order of the graph
  std::vector<Shape> input_shapes;
  std::vector<index_t> outputs;
  std::vector<Shape> output_shapes;
  std::size_t packs = 0;  // of different parameters
};

/// `first_parameter[id]`: where a node's parameters begin in the network's list.
template <class T>
StepList<T> list_steps(const Graph<T>& graph, const std::vector<index_t>& outputs,
                       const std::vector<index_t>& first_parameter);

/// The same operations as inference runs them: batch normalisation, additions and relu that follow
/// convolutions become part of them. They compute the same bits.
template <class T>
StepList<T> fuse_for_inference(StepList<T> list);

/// For training: an addition becomes part of a step in front of it that can take it over (batch
/// normalisation), and relu behind it too. They compute the same bits.
template <class T>
StepList<T> fuse_additions(StepList<T> list);

/// The graph ids that each step computes: its output, and the values that are left out because
/// their only consumer is part of the same step.
template <class T>
std::vector<std::vector<index_t>> nodes_of_steps(const Graph<T>& graph, const StepList<T>& list);

}  // namespace pycnn

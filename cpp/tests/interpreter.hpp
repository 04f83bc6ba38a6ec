// Runs a graph node by node, every value in memory of its own: no plan, no fusion, no sharing. What
// the network computes must be the same bits.
#pragma once

#include "pycnn/network.hpp"
#include "scratch.hpp"
#include "test_data.hpp"

namespace pycnn::test {

/// The outputs for a batch of the inputs, x[i] (N, shape of input i...), with the parameters of
/// `network`.
template <class T>
std::vector<Tensor<T>> interpret(const Graph<T>& graph, const std::vector<index_t>& outputs,
                                 const Network<T>& network, const std::vector<Tensor<T>>& x,
                                 bool training) {
  const index_t N = x[0].shape[0];
  const StepContext context{training, false, network.seed(), 0, network.iteration(), nullptr};
  std::vector<bool> needed(static_cast<std::size_t>(graph.size()), false);
  for (index_t output : outputs) needed[static_cast<std::size_t>(output)] = true;
  for (index_t id = graph.size() - 1; id >= 0; --id) {
    if (!needed[static_cast<std::size_t>(id)]) continue;
    for (index_t input : graph.entry(id).inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  std::vector<Tensor<T>> values;
  std::size_t inputs = 0;
  for (index_t id = 0; id < graph.size(); ++id) {
    const auto& entry = graph.entry(id);
    values.emplace_back(entry.shape.batch(N));
    if (!entry.node) {
      values.back() = x[inputs++];
      continue;
    }
    if (!needed[static_cast<std::size_t>(id)]) continue;
    NodeCall<T> call;
    call.N = N;
    call.context = &context;
    for (index_t input : entry.inputs) {
      call.inputs.push_back(values[static_cast<std::size_t>(input)].values.data());
    }
    for (const Parameter<T>& parameter : network.parameters()) {
      if (parameter.node == entry.parameters_of) call.parameters.push_back(parameter.value.data);
    }
    const auto packed_bytes = static_cast<std::size_t>(entry.node->packed_size()) * sizeof(T);
    const AlignedMemory packed = allocate_aligned(packed_bytes);
    if (packed_bytes > 0) {
      entry.node->pack(call.parameters, reinterpret_cast<T*>(packed.get()));
      call.packed = reinterpret_cast<const T*>(packed.get());
    }
    call.output = values.back().values.data();
    if (entry.node->placement() == Placement::alias) {
      values.back().values = values[static_cast<std::size_t>(entry.inputs[0])].values;
    } else {
      entry.node->forward(call);
    }
  }
  std::vector<Tensor<T>> results;
  for (index_t output : outputs) results.push_back(values[static_cast<std::size_t>(output)]);
  return results;
}

}  // namespace pycnn::test

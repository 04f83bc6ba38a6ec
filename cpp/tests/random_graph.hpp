// Random graphs of every node kind, with values that several nodes read, parameters that several
// nodes share and several outputs: the cases that a memory plan gets wrong first.
#pragma once

#include <algorithm>
#include <random>

#include "custom_nodes.hpp"

namespace pycnn::test {

template <class T>
struct BuiltGraph {
  Graph<T> graph;
  std::vector<index_t> outputs;
};

/// All values hold six numbers, as (6), (2, 3), (3, 2, 1) or such.
template <class T>
BuiltGraph<T> random_graph(std::uint32_t seed, int nodes) {
  std::mt19937 random(seed);
  const auto draw = [&](std::size_t count) { return static_cast<std::size_t>(random()) % count; };
  Graph<T> graph;
  std::vector<index_t> values{graph.input({6})};
  if (draw(2) == 0) values.push_back(graph.input({3, 2, 1}));
  const auto any = [&] {  // mostly a late one
    const std::size_t back = std::min(draw(values.size()), draw(values.size()));
    return values[values.size() - 1 - back];
  };
  const auto flat = [&](index_t id) { return graph.reshape(id, {6}); };
  const auto image = [&](index_t id) { return graph.reshape(id, {3, 2, 1}); };
  const auto merge = [&](const std::vector<index_t>& x) {
    constexpr Merge merges[] = {Merge::add,     Merge::multiply, Merge::average,
                                Merge::maximum, Merge::minimum,  Merge::subtract};
    return graph.merge(merges[draw(x.size() == 2 ? 6 : 5)], x);
  };
  std::vector<index_t> denses[2];  // without and with a bias
  const auto dense = [&](index_t x, bool use_bias) {
    const index_t id = graph.dense(x, 6, use_bias);
    std::vector<index_t>& alike = denses[use_bias ? 1 : 0];
    if (!alike.empty() && draw(2) == 0) graph.share_parameters(id, alike[draw(alike.size())]);
    alike.push_back(id);
    return id;
  };
  constexpr Activation activations[] = {Activation::relu, Activation::sigmoid, Activation::tanh};
  for (int node = 0; node < nodes; ++node) {
    const index_t x = any();
    index_t y = x;
    switch (draw(20)) {
      case 0:
      case 1:
        y = dense(flat(x), draw(2) == 0);
        break;
      case 2:
        y = graph.conv(image(x), 1, {2, 2}, {{1, 1}, {1, 1}, Padding::Kind::same});
        break;
      case 3:
      case 4:
        y = graph.activation(x, activations[draw(3)]);
        break;
      case 5:
        y = graph.activation(dense(flat(x), true), activations[draw(3)]);
        break;
      case 6:
        y = draw(2) == 0 ? graph.softmax(flat(x)) : graph.log_softmax(flat(x));
        break;
      case 7:
        y = graph.reshape(x, draw(2) == 0 ? Shape{2, 3} : Shape{1, 6});
        break;
      case 8:
        y = graph.dropout(x, 0.25, static_cast<std::uint32_t>(node));
        break;
      case 9:
        y = graph.rescale(x, 0.5, 0.125);
        break;
      case 10:
        y = graph.max_pool(image(x), {{2, 2}, {1, 1}, Padding::Kind::same});
        break;
      case 11:
        y = graph.resize(graph.average_pool(image(x), {{3, 2}, {1, 1}, Padding::Kind::valid}), 3, 2,
                         Interpolation::bilinear);
        break;
      case 12:
        y = add(graph, flat(x), flat(any()), draw(2) == 0 ? Placement::own : Placement::in_place);
        break;
      case 13:
        y = graph.normalize(graph.reshape(x, {3, 2}),
                            {Normalization::group, draw(2) == 0 ? 1 : -1});
        break;
      case 14:
        y = draw(2) == 0 ? merge({flat(x), flat(any())})
                         : merge({image(x), image(x), image(any())});
        break;
      case 15: {
        const index_t part = graph.average_pool(image(any()), {{3, 1}, {1, 1}, {}});
        y = draw(2) == 0 ? merge({image(x), part}) : merge({part, image(x)});
        break;
      }
      case 16:
        y = graph.dense(graph.flatten(graph.concatenate({image(x), image(any())}, 1)), 6);
        break;
      case 17:
        y = graph.batch_norm(draw(2) == 0 ? flat(x) : image(x), {}, 0.9);
        break;
      default:
        y = multiply(graph, flat(x), flat(any()));
        break;
    }
    values.push_back(y);
  }
  std::vector<index_t> outputs{draw(3) == 0 ? graph.softmax(flat(values.back())) : values.back()};
  while (draw(3) == 0) {
    const index_t more = draw(4) == 0 ? graph.softmax(flat(any())) : any();
    if (std::find(outputs.begin(), outputs.end(), more) == outputs.end()) outputs.push_back(more);
  }
  outputs.erase(std::remove_if(outputs.begin(), outputs.end(),
                               [&](index_t id) { return graph.entry(id).node == nullptr; }),
                outputs.end());
  return {std::move(graph), outputs};
}

}  // namespace pycnn::test

// A network as Python sees it, and the arrays that go in and out of it.
#pragma once

#include <memory>
#include <optional>

#include "graph.hpp"

namespace pycnn::bindings {

struct PythonNetwork {
  PythonNetwork(const PythonGraph& graph, const std::vector<index_t>& outputs, bool single)
      : single_output(single) {
    std::visit(
        [&](const auto& own) {
          using T =
              std::conditional_t<std::is_same_v<decltype(own), const Graph<float>&>, float, double>;
          network.emplace<std::unique_ptr<Network<T>>>(std::make_unique<Network<T>>(own, outputs));
        },
        graph.graph);
  }
  std::variant<std::unique_ptr<Network<float>>, std::unique_ptr<Network<double>>> network;
  bool single_output;  // outputs are arrays, not lists of them

  template <class Body>
  auto visit(const Body& body) const {
    return std::visit([&](const auto& pointer) { return body(*pointer); }, network);
  }
};

template <class T>
T float_type_of(const Network<T>&);

/// Rows of an array of any type that a batch can be gathered from.
BatchSource source(const char* op, const char* name, const py::array& array);

bool is_sequence(const py::object& x);

/// Of an array, or of a list or tuple with an array for each input. They must also have the
/// network's sample shapes, not only as many numbers.
std::vector<BatchSource> input_sources(const char* op, const PythonNetwork& self,
                                       const py::object& x);
/// Of an array, or of a list with an array for each output.
std::vector<BatchSource> target_sources(const char* op, const py::object& y);

/// New arrays for the outputs of some rows.
template <class T>
struct OutputArrays {
  OutputArrays(const Network<T>& network, index_t rows) {
    for (const Shape& shape : network.output_shapes()) {
      const NewArray<T> y(shape.batch(rows));
      arrays.append(y.array);
      data.push_back(y.view.data);
    }
  }
  py::object returned(const PythonNetwork& self) const {
    return self.single_output ? py::object(arrays[0]) : py::object(arrays);
  }
  py::list arrays;
  std::vector<T*> data;
};

}  // namespace pycnn::bindings

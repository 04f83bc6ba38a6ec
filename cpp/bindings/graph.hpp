// The graph as Python sees it: one class for both float types.
#pragma once

#include <variant>

#include "arrays.hpp"

namespace pycnn::bindings {

struct PythonGraph {
  explicit PythonGraph(const std::string& dtype);
  std::variant<Graph<float>, Graph<double>> graph;
};

}  // namespace pycnn::bindings

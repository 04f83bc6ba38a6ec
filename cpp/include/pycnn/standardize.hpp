// Standardisation by given statistics: y = (x - mean) / max(sqrt(variance), epsilon), or undone.
//
// The statistics are those of a data set, computed before training: numbers in the graph, or the
// parameters mean, variance and count of the node, which training leaves alone.
#pragma once

#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

struct StandardizeParams {
  std::vector<index_t> axes;  // of a sample, ascending, along which statistics differ
  bool invert = false;        // y = mean + x * max(sqrt(variance), epsilon)
  double epsilon = 1e-7;
  std::vector<double> mean;  // one number for each place of the axes, or empty for parameters
  std::vector<double> variance;
};

}  // namespace pycnn

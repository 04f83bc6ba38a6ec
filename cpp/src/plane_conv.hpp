// Convolution of few channels with few filters, such as the first layer of LeNet-5, made ready to
// run: vectors are pixels of an output row, of which there are more than filters.
//
// Blocks of output rows are worked on one by one, each with a copy of what it reads: planes of the
// channels, with zeros for padding. Outputs have the bits of the other routes.
#pragma once

#include <vector>

#include "gather.hpp"
#include "pycnn/activation.hpp"
#include "runtime.hpp"

namespace pycnn {

template <class T>
class PlaneConvPlan {
 public:
  /// Whether it serves: one or two spatial axes, stride one along rows, sums of one chain, and rows
  /// that fill more of the vectors than the filters would.
  static bool serves(const ConvGeometry& geometry);

  PlaneConvPlan(const ConvGeometry& geometry, const kernels::Table<T>& table);

  void forward(index_t N, const T* x, const T* kernel, const T* bias, const Activation& activation,
               T* y) const;
  /// dbias may be null.
  void kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const;

 private:
  /// Output rows [first, first + count) of an image.
  struct Block {
    index_t n, first, count;
  };

  Block block(index_t number) const;
  index_t planes_size() const { return geometry_.C * plane_rows_ * pitch_; }
  /// Copies what the block reads to the planes.
  void load(const Block& block, const T* x, T* planes) const;

  ConvGeometry geometry_;
  const kernels::Table<T>& table_;
  index_t blocks_;      // of an image
  index_t block_rows_;  // at most
  index_t plane_rows_;  // that they read
  index_t row_pitch_;   // an output row's pixels in whole chunks of lanes
  index_t pitch_;       // of a row of the planes
  index_t depth_;
  std::vector<index_t> offsets_;  // of the terms in the planes
};

}  // namespace pycnn

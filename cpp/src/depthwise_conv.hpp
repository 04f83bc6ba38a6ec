// Depthwise convolution with one filter for each channel, made ready to run: vectors are channels
// here, where the grouped convolution has the filters of a group.
//
// The output is worked through row by row, with pointers to what the windows of a row read, padding
// being zeros. The input gradient of a row has a phase for each pixel of a stride (gather.hpp).
#pragma once

#include <vector>

#include "gather.hpp"
#include "pycnn/activation.hpp"
#include "runtime.hpp"

namespace pycnn {

template <class T>
class DepthwisePlan {
 public:
  /// Whether it serves: one filter for each channel, padding not wider than the image, and sums
  /// short enough for one chain.
  static bool serves(const ConvGeometry& geometry);

  DepthwisePlan(const ConvGeometry& geometry, const kernels::Table<T>& table);

  index_t packed_size() const { return forward_.packed_size; }
  void pack(const T* kernel, T* packed) const { pack_pass(forward_, kernel, packed); }
  void forward(index_t N, const T* x, const T* packed, const T* bias, Activation activation,
               T* y) const;

  index_t packed_grad_size() const { return input_grad_.packed_size; }
  void pack_grad(const T* kernel, T* packed) const { pack_pass(input_grad_, kernel, packed); }
  void input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx) const;

  /// dbias may be null.
  void kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const;

 private:
  /// Output pixels that read alike. Its packed kernel has the taps in the order of their bases.
  struct Phase {
    GatherProblem problem;
    std::vector<index_t> tap_column;
    index_t packed_offset;

    const AxisGather& axis(std::size_t i) const { return problem.axis[i]; }
    /// Of the source, that `pixels` of a row read.
    index_t columns(index_t pixels) const {
      return (pixels - 1) * axis(2).stride + tap_column.back() + 1;
    }
  };
  /// One direction.
  struct Pass {
    std::vector<Phase> phases;
    bool gaps = false;  // some pixels are reached by no tap
    index_t packed_size = 0;
    index_t most_pointers = 0;  // of a row
  };

  void add_phase(GatherProblem problem, Pass& pass) const;
  void pack_pass(const Pass& pass, const T* kernel, T* packed) const;
  void run(const Pass& pass, index_t N, const T* source, const T* packed, const T* bias,
           Activation activation, T* out) const;
  /// The pixels [first, first + pixels) of the phase's row (n, d, h), counted in its steps.
  kernels::DepthwiseRow<T> point(const Phase& phase, const T* source, index_t n, index_t d,
                                 index_t h, index_t first, index_t pixels,
                                 const T** pointers) const;

  ConvGeometry geometry_;
  const kernels::Table<T>& table_;
  index_t pitch_;  // channels of packed kernels: whole vectors
  Pass forward_;
  Pass input_grad_;
  std::vector<T> zeros_;  // a padding pixel
};

}  // namespace pycnn

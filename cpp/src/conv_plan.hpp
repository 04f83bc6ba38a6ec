// A convolution made ready to run: its gather problems, panel layouts and routes.
//
// Made once per shape; the batch size N is an argument of each call, since nothing in a plan
// depends on it. Kernels are packed by the caller into memory of the caller, so that a network
// packs once per step. All pointers are to contiguous tensors: x (N, D, H, W, C),
// y and dy (N, OD, OH, OW, F), kernel (KD, KH, KW, C / groups, F).
#pragma once

#include <cstring>
#include <optional>

#include "depthwise_conv.hpp"
#include "gather.hpp"
#include "panel.hpp"

namespace pycnn {

/// One gather problem with the panels it multiplies by.
template <class T>
struct GatherPlan {
  GatherProblem problem;
  PanelLayout<T> layout;
  index_t packed_offset;  // of its panels in the packed kernel
  bool patches;           // copy patches first (gemm) instead of reading in place (direct)

  index_t group_packed_size() const { return problem.depth() * layout.padded_columns(); }
  index_t packed_size() const { return problem.groups * group_packed_size(); }
};

template <class T>
class ConvPlan {
 public:
  ConvPlan(const ConvGeometry& geometry, ConvAlgorithm algorithm);

  const ConvGeometry& geometry() const { return geometry_; }
  /// The kernels it was made for; panels packed for others do not fit.
  const kernels::Table<T>& table() const { return table_; }

  index_t packed_size() const {
    return depthwise_ ? depthwise_->packed_size() : forward_.packed_size();
  }
  void pack(const T* kernel, T* packed) const;
  void forward(index_t N, const T* x, const T* packed, const T* bias, const Activation& activation,
               T* y) const;

  index_t packed_grad_size() const { return packed_grad_size_; }
  void pack_grad(const T* kernel, T* packed) const;
  /// `bias` (C), which may be null, is added to each pixel: dx as a transposed convolution.
  void input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx) const;

  /// dbias may be null.
  void kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const;

 private:
  void plan_input_grad(ConvAlgorithm algorithm);
  void scatter_input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx) const;

  ConvGeometry geometry_;
  const kernels::Table<T>& table_;
  bool pads_input_;    // x is copied into zero padding first
  ConvGeometry read_;  // the geometry that x is read with: of the padded copy, if there is one
  GatherPlan<T> forward_;
  std::vector<GatherPlan<T>> phases_;          // of the input gradient by gathering, or
  std::optional<GatherPlan<T>> scatter_;       // of the patches' gradients, to be added up
  std::optional<DepthwisePlan<T>> depthwise_;  // serves all instead
  bool input_grad_gaps_ = false;
  index_t packed_grad_size_ = 0;
  std::vector<T> zeros_;  // what a padding pixel reads
};

/// The first `pixels` pixels of destination = activation(gathered source * panels + bias); see
/// GatherProblem.
template <class T>
void gather_multiply(const GatherPlan<T>& plan, const kernels::Table<T>& table, index_t pixels,
                     const T* source, const T* zeros, const T* packed, const T* bias,
                     const Activation& activation, T* destination);

/// Every one of `pixels` becomes bias (C), or zeros where that is null.
template <class T>
void fill_pixels(index_t pixels, index_t C, const T* bias, T* out) {
  if (bias == nullptr) {
    std::memset(out, 0, static_cast<std::size_t>(pixels * C) * sizeof(T));
    return;
  }
  for (index_t i = 0; i < pixels; ++i) {
    std::memcpy(out + i * C, bias, static_cast<std::size_t>(C) * sizeof(T));
  }
}

/// Copies x (N, D, H, W, C) into zeros all round, to the extents of `padded`.
template <class T>
void pad_input(const ConvGeometry& geometry, const ConvGeometry& padded, index_t N, const T* x,
               T* out);

/// Copies `columns` numbers `step` apart and fills the rest of `width` with zeros.
template <class T>
inline void pack_row(const T* from, index_t step, index_t columns, index_t width, T* to) {
  if (step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(columns) * sizeof(T));
  } else {
    for (index_t j = 0; j < columns; ++j) to[j] = from[j * step];
  }
  for (index_t j = columns; j < width; ++j) to[j] = 0;
}

}  // namespace pycnn

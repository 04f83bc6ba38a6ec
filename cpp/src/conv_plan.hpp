// A convolution made ready to run: its gather problems, panel layouts and routes.
//
// Made once per shape; the batch size N is an argument of each call, since nothing in a plan
// depends on it. Kernels are packed by the caller into memory of the caller, so that a network
// packs once per step. All pointers are to contiguous tensors: x (N, D, H, W, C),
// y and dy (N, OD, OH, OW, F), kernel (KD, KH, KW, C / groups, F).
#pragma once

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

  index_t packed_size() const { return forward_.packed_size(); }
  void pack(const T* kernel, T* packed) const;
  void forward(index_t N, const T* x, const T* packed, const T* bias, Activation activation,
               T* y) const;

  index_t packed_grad_size() const { return packed_grad_size_; }
  void pack_grad(const T* kernel, T* packed) const;
  void input_grad(index_t N, const T* dy, const T* packed, T* dx) const;

  /// dbias may be null.
  void kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const;

 private:
  ConvGeometry geometry_;
  const kernels::Table<T>& table_;
  GatherPlan<T> forward_;
  std::vector<GatherPlan<T>> phases_;
  bool input_grad_gaps_;
  index_t packed_grad_size_ = 0;
  std::vector<T> zeros_;  // what a padding pixel reads
};

/// destination = activation(gathered source * panels + bias); see GatherProblem.
template <class T>
void gather_multiply(const GatherPlan<T>& plan, const kernels::Table<T>& table, index_t N,
                     const T* source, const T* zeros, const T* packed, const T* bias,
                     Activation activation, T* destination);

}  // namespace pycnn

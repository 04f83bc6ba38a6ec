// A convolution made ready to run: its gather problems, panel layouts and routes.
//
// Made once per shape; the batch size N is an argument of each call, since nothing in a plan
// depends on it. Kernels are packed by the caller into memory of the caller, so that a network
// packs once per step. All pointers are to contiguous tensors: x (N, D, H, W, C),
// y and dy (N, OD, OH, OW, F), kernel (KD, KH, KW, C / groups, F).
#pragma once

#include <cstring>
#include <limits>
#include <optional>

#include "depthwise_conv.hpp"
#include "gather.hpp"
#include "panel.hpp"
#include "plane_conv.hpp"
#include "pycnn/epilogue.hpp"
#include "winograd.hpp"

namespace pycnn {

/// Where the panels come from: packed ahead of the call; or, for large dense layers, chain block by
/// chain block from the kernel in place, whose element (k, column) is at k * pitch + column, or at
/// column * pitch + k. A packed copy of such a kernel would be one more trip through main memory.
enum class PanelSource { packed, kernel, transposed_kernel };

/// One gather problem with the panels it multiplies by.
template <class T>
struct GatherPlan {
  GatherProblem problem;
  PanelLayout<T> layout;
  index_t packed_offset;  // of its panels in the packed kernel
  bool patches;           // copy patches first (gemm) instead of reading in place (direct)
  PanelSource panels = PanelSource::packed;
  index_t pitch = 0;

  index_t group_packed_size() const { return problem.depth() * layout.padded_columns(); }
  index_t panels_size() const { return problem.groups * group_packed_size(); }
  /// The panels, and whether all of them are finite.
  index_t packed_size() const {
    return panels == PanelSource::packed ? panels_size() + flag_size : 0;
  }
  static constexpr index_t flag_size = 16;  // keeps what follows aligned

  /// Products with padding are left out: with finite factors they are zeros. Otherwise they are
  /// NaN, which must not depend on what else is in a tile.
  bool drops_padding(const T* packed) const {
    return may_drop_padding() && packed[panels_size()] == 1;
  }
  bool may_drop_padding() const { return !patches && problem.inside_share < 1; }
};

template <class T>
class ConvPlan {
 public:
  ConvPlan(const ConvGeometry& geometry, ConvAlgorithm algorithm);

  const ConvGeometry& geometry() const { return geometry_; }
  /// By what forward and the input gradient are computed, for people to read.
  const char* route() const {
    if (planes_) return "planes";
    if (winograd_) return "winograd";
    return depthwise_ ? "depthwise" : forward_.patches ? "gemm" : "direct";
  }
  const char* grad_route() const {
    if (winograd_) return "winograd";
    return depthwise_ ? "depthwise" : overlap_tasks_.empty() ? "direct" : "gemm";
  }
  bool takes_epilogue() const { return !depthwise_ && !planes_; }
  /// The kernels it was made for; panels packed for others do not fit.
  const kernels::Table<T>& table() const { return table_; }

  /// 0 when the kernel is read in place.
  index_t packed_size() const {
    if (planes_) return 0;
    if (winograd_) return winograd_->packed_size();
    return depthwise_ ? depthwise_->packed_size() : forward_.packed_size();
  }
  void pack(const T* kernel, T* packed) const;
  /// What forward is to be given as `packed`.
  const T* panels(const T* kernel, const T* packed) const {
    return packed_size() == 0 ? kernel : packed;
  }
  /// `epilogue` may be null; takes_epilogue says where it must be.
  void forward(index_t N, const T* x, const T* packed, const T* bias, const Activation& activation,
               T* y, const Epilogue<T>* epilogue = nullptr) const;

  index_t packed_grad_size() const { return packed_grad_size_; }
  void pack_grad(const T* kernel, T* packed) const;
  const T* grad_panels(const T* kernel, const T* packed) const {
    return packed_grad_size() == 0 ? kernel : packed;
  }
  /// `bias` (C), which may be null, is added to each pixel: dx as a transposed convolution. With
  /// `adds`, which adds_input_grad() must allow, dx is added to.
  void input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx,
                  bool adds = false) const;
  bool adds_input_grad() const {
    return !depthwise_ && !input_grad_gaps_ && overlap_tasks_.empty();
  }

  /// dbias may be null.
  void kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const;

 private:
  /// Pixels [begin, end) of `rows` rows of a phase of the input.
  struct OverlapTask {
    std::size_t phase;
    index_t row, rows;
    index_t begin, end;
  };

  void plan_input_grad(ConvAlgorithm algorithm);
  void cut_overlap_tasks();
  void overlap_input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx) const;

  ConvGeometry geometry_;
  const kernels::Table<T>& table_;
  bool pads_input_;    // x is copied into zero padding first
  ConvGeometry read_;  // the geometry that x is read with: of the padded copy, if there is one
  GatherPlan<T> forward_;
  std::vector<GatherPlan<T>> phases_;          // of the input gradient
  std::vector<OverlapTask> overlap_tasks_;     // if it is of windows that overlap
  std::optional<DepthwisePlan<T>> depthwise_;  // serves all instead
  std::optional<PlaneConvPlan<T>> planes_;     // serves all but the input gradient instead
  std::optional<WinogradPlan<T>> winograd_;    // serves all instead
  bool input_grad_gaps_ = false;
  index_t packed_grad_size_ = 0;
  std::vector<T> zeros_;  // what a padding pixel reads
};

/// Output pixels [first, first + count) of a gather problem, image after image.
struct PixelRange {
  index_t first, count;
  bool alone = false;  // destination holds these only, one after another
};

/// destination = activation(gathered source * panels + bias); see GatherProblem.
template <class T>
void gather_multiply(const GatherPlan<T>& plan, const kernels::Table<T>& table,
                     const PixelRange& range, const T* source, const T* zeros, const T* packed,
                     const T* bias, const Activation& activation, T* destination,
                     const Epilogue<T>* epilogue = nullptr);

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

/// Whether there is no NaN or infinity among the numbers: all have an exponent that is not all
/// ones.
template <class T>
inline bool all_finite(const T* numbers, index_t count) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  Bits exponent, largest = 0;
  std::memcpy(&exponent, &infinity, sizeof exponent);
  for (index_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, numbers + i, sizeof bits);
    largest = std::max<Bits>(largest, bits & exponent);
  }
  return largest < exponent;
}

}  // namespace pycnn

// Makes convolution plans: routes, panel layouts, packed kernels.
#include "conv_plan.hpp"

#include <atomic>
#include <cstring>

#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

// Below this many channels a single tap is too short a run for the direct route: row pointers and
// loop overhead cost more than a copy that makes runs longer.
constexpr index_t few_channels = 16;

/// Whether x is worth copying into zero padding, so that every kernel row is one run of
/// row_taps * C numbers, also at the borders. Not where the padding is wider than what it
/// surrounds.
bool choose_padding(const ConvGeometry& geometry, ConvAlgorithm algorithm) {
  const Window& row = geometry.window[2];
  return algorithm == ConvAlgorithm::automatic && !geometry.mostly_padding() &&
         geometry.groups == 1 && row.dilation == 1 && row.size > 1 && row.before + row.after > 0 &&
         geometry.C < few_channels;
}

/// Dense layers whose kernels do not stay in the second-level cache: see PanelSource.
template <class T>
bool reads_kernel_in_place(const ConvGeometry& geometry) {
  constexpr index_t least_bytes = index_t{1} << 20;
  for (const Window& window : geometry.window) {
    if (window.before + window.after > 0) return false;
  }
  return geometry.taps() == 1 && geometry.groups == 1 && geometry.output_pixels() == 1 &&
         geometry.input_pixels() == 1 &&
         geometry.C * geometry.F * static_cast<index_t>(sizeof(T)) >= least_bytes;
}

/// Winograd's way where it was asked for; or where precision "high" allows it.
template <class T>
bool runs_winograd(const ConvGeometry& geometry, ConvAlgorithm algorithm) {
  if (algorithm != ConvAlgorithm::automatic) return algorithm == ConvAlgorithm::winograd;
  return sizeof(T) == sizeof(float) && float32_matmul_precision() == Precision::high &&
         WinogradPlan<T>::serves(geometry);
}

ConvGeometry padded_geometry(const ConvGeometry& geometry) {
  ConvGeometry padded = geometry;
  for (Window& window : padded.window) {
    window.extent += window.before + window.after;
    window.before = window.after = 0;
  }
  return padded;
}

bool choose_patches(ConvAlgorithm algorithm, const GatherProblem& problem) {
  if (algorithm != ConvAlgorithm::automatic) return algorithm == ConvAlgorithm::gemm;
  if (problem.taps() == 1 || problem.group_depth >= few_channels) return false;
  return !(problem.rows_contiguous && problem.rows_inside());
}

template <class T>
GatherPlan<T> make_plan(GatherProblem problem, const kernels::Table<T>& table, bool patches,
                        index_t packed_offset) {
  const PanelLayout<T> layout(table, problem.group_columns);
  return {std::move(problem), layout, packed_offset, patches};
}

index_t longest_run(const GatherProblem& problem) {
  return std::max(problem.source_channels, problem.row_taps() * problem.group_depth);
}

}  // namespace

template <class T>
ConvPlan<T>::ConvPlan(const ConvGeometry& geometry, ConvAlgorithm algorithm)
    : geometry_(geometry),
      table_(kernel_table<T>()),
      pads_input_(choose_padding(geometry, algorithm)),
      read_(pads_input_ ? padded_geometry(geometry) : geometry),
      forward_([&] {
        GatherProblem problem = forward_problem(read_);
        const bool patches = choose_patches(algorithm, problem);
        return make_plan(std::move(problem), table_, patches, 0);
      }()) {
  if (algorithm == ConvAlgorithm::automatic && DepthwisePlan<T>::serves(geometry)) {
    depthwise_.emplace(geometry, table_);
    packed_grad_size_ = depthwise_->packed_grad_size();
    return;
  }
  if (runs_winograd<T>(geometry, algorithm)) {
    winograd_.emplace(geometry, table_);
    packed_grad_size_ = winograd_->packed_grad_size();
    return;
  }
  if (algorithm == ConvAlgorithm::automatic && PlaneConvPlan<T>::serves(geometry)) {
    planes_.emplace(geometry, table_);
  }
  plan_input_grad(algorithm);
  if (algorithm != ConvAlgorithm::gemm && reads_kernel_in_place<T>(geometry)) {
    forward_.panels = PanelSource::kernel;
    phases_[0].panels = PanelSource::transposed_kernel;
    forward_.pitch = phases_[0].pitch = geometry.F;
    packed_grad_size_ = 0;
  }
  index_t longest = longest_run(forward_.problem);
  for (const GatherPlan<T>& phase : phases_) {
    longest = std::max(longest, longest_run(phase.problem));
  }
  zeros_.assign(static_cast<std::size_t>(longest), T{0});
}

template <class T>
void ConvPlan<T>::plan_input_grad(ConvAlgorithm algorithm) {
  const bool few = geometry_.window[2].size > 1 && geometry_.group_channels() < few_channels;
  const bool overlap =
      algorithm == ConvAlgorithm::gemm || (algorithm == ConvAlgorithm::automatic && few);
  InputGradProblems problems =
      overlap ? window_grad_problems(geometry_) : input_grad_problems(geometry_);
  input_grad_gaps_ = problems.leaves_gaps;
  for (GatherProblem& problem : problems.phases) {
    phases_.push_back(make_plan(std::move(problem), table_, false, packed_grad_size_));
    packed_grad_size_ += phases_.back().packed_size();
  }
  if (overlap) cut_overlap_tasks();
}

template <class T>
void ConvPlan<T>::pack(const T* kernel, T* packed) const {
  if (depthwise_) return depthwise_->pack(kernel, packed);
  if (winograd_) return winograd_->pack(kernel, packed);
  if (packed_size() == 0) return;
  // kernel (depth, F): panel by panel, a group's columns are adjacent.
  const PanelLayout<T>& layout = forward_.layout;
  const index_t depth = forward_.problem.depth();
  const index_t panels = layout.panels();
  std::atomic<bool> finite{true};
  const bool asks_finite = forward_.may_drop_padding();
  parallel_for(geometry_.groups * panels, depth * geometry_.F / 4, [&](index_t task) {
    const index_t group = task / panels, panel = task % panels;
    const index_t width = layout.width(panel), columns = layout.valid_columns(panel);
    const T* from = kernel + group * geometry_.group_filters() + layout.first_column(panel);
    T* to = packed + group * forward_.group_packed_size() + layout.first_column(panel) * depth;
    table_.pack_rows(depth, columns, geometry_.F, from, width, to);
    if (asks_finite && !all_finite(to, depth * width)) finite = false;
  });
  packed[forward_.panels_size()] = finite ? 1 : 0;
}

template <class T>
void ConvPlan<T>::pack_grad(const T* kernel, T* packed) const {
  if (depthwise_) return depthwise_->pack_grad(kernel, packed);
  if (winograd_) return winograd_->pack_grad(kernel, packed);
  if (packed_grad_size() == 0) return;
  // The transposed kernel: row (tap, f), column c, holds kernel[tap][c][f]; for windows that
  // overlap a tap is (kd, kh) and a column (kw, c).
  const auto& window = geometry_.window;
  const index_t filters = geometry_.group_filters(), F = geometry_.F;
  for (const GatherPlan<T>& phase : phases_) {
    const GatherProblem& problem = phase.problem;
    const PanelLayout<T>& layout = phase.layout;
    const index_t panels = layout.panels();
    const index_t work = problem.depth() * problem.output_channels;
    std::atomic<bool> finite{true};
    const bool asks_finite = phase.may_drop_padding();
    parallel_for(problem.groups * panels, work, [&](index_t task) {
      const index_t group = task / panels, panel = task % panels;
      const index_t width = layout.width(panel), columns = layout.valid_columns(panel);
      T* to = packed + phase.packed_offset + group * phase.group_packed_size() +
              layout.first_column(panel) * problem.depth();
      const T* const begin = to;
      for (const Tap& d : problem.axis[0].taps) {
        for (const Tap& h : problem.axis[1].taps) {
          for (const Tap& w : problem.axis[2].taps) {
            const index_t tap =
                (d.kernel_index * window[1].size + h.kernel_index) * window[2].size +
                w.kernel_index;
            const T* from = kernel +
                            (tap * geometry_.group_channels() + layout.first_column(panel)) * F +
                            group * filters;
            transpose_panel(table_, filters, columns, F, from, width, to);
            to += filters * width;
          }
        }
      }
      if (asks_finite && !all_finite(begin, to - begin)) finite = false;
    });
    packed[phase.packed_offset + phase.panels_size()] = finite ? 1 : 0;
  }
}

template <class T>
void ConvPlan<T>::forward(index_t N, const T* x, const T* packed, const T* bias,
                          const Activation& activation, T* y, const Epilogue<T>* epilogue) const {
  if (depthwise_) return depthwise_->forward(N, x, packed, bias, activation, y);
  if (planes_) return planes_->forward(N, x, packed, bias, activation, y);
  if (winograd_) return winograd_->forward(N, x, packed, bias, activation, y, epilogue);
  const Scratch<T> padded(pads_input_ ? N * read_.input_pixels() * read_.C : 0);
  if (pads_input_) {
    pad_input(geometry_, read_, N, x, padded.data());
    x = padded.data();
  }
  gather_multiply(forward_, table_, {0, N * geometry_.output_pixels()}, x, zeros_.data(), packed,
                  bias, activation, y, epilogue);
}

template <class T>
void ConvPlan<T>::input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx,
                             bool adds) const {
  if (depthwise_) return depthwise_->input_grad(N, dy, packed, bias, dx);
  if (winograd_) return winograd_->input_grad(N, dy, packed, bias, dx, adds);
  if (input_grad_gaps_) fill_pixels(N * geometry_.input_pixels(), geometry_.C, bias, dx);
  if (!overlap_tasks_.empty()) return overlap_input_grad(N, dy, packed, bias, dx);
  Epilogue<T> epilogue;
  epilogue.accumulates = adds;
  for (const GatherPlan<T>& phase : phases_) {
    gather_multiply(phase, table_, {0, N * phase.problem.pixels()}, dy, zeros_.data(),
                    packed + phase.packed_offset, bias, Activation::linear, dx, &epilogue);
  }
}

template <class T>
void pad_input(const ConvGeometry& geometry, const ConvGeometry& padded, index_t N, const T* x,
               T* out) {
  const auto& from = geometry.window;
  const auto& to = padded.window;
  const index_t row = from[2].extent * geometry.C, padded_row = to[2].extent * geometry.C;
  const index_t before = from[2].before * geometry.C;
  parallel_blocks(
      N * to[0].extent, 1, to[1].extent * padded_row / 4,
      [&](index_t begin, index_t) {  // one plane (n, d)
        const index_t n = begin / to[0].extent, d = begin % to[0].extent - from[0].before;
        T* plane = out + begin * to[1].extent * padded_row;
        for (index_t i = 0; i < to[1].extent; ++i, plane += padded_row) {
          const index_t h = i - from[1].before;
          if (d < 0 || d >= from[0].extent || h < 0 || h >= from[1].extent) {
            std::memset(plane, 0, static_cast<std::size_t>(padded_row) * sizeof(T));
            continue;
          }
          const T* const source = x + ((n * from[0].extent + d) * from[1].extent + h) * row;
          const index_t after = before + row;
          std::memset(plane, 0, static_cast<std::size_t>(before) * sizeof(T));
          std::memcpy(plane + before, source, static_cast<std::size_t>(row) * sizeof(T));
          std::memset(plane + after, 0, static_cast<std::size_t>(padded_row - after) * sizeof(T));
        }
      });
}

template void pad_input<float>(const ConvGeometry&, const ConvGeometry&, index_t, const float*,
                               float*);
template void pad_input<double>(const ConvGeometry&, const ConvGeometry&, index_t, const double*,
                                double*);
template class ConvPlan<float>;
template class ConvPlan<double>;

}  // namespace pycnn

// Makes convolution plans: routes, panel layouts, packed kernels.
#include "conv_plan.hpp"

#include <cstring>

#include "parallel.hpp"

namespace pycnn {
namespace {

// Below this many channels a tap is too short a run for the direct route: pointers and loop
// overhead cost more than copying the patch once.
constexpr index_t fewest_direct_channels = 16;

bool choose_patches(ConvAlgorithm algorithm, const GatherProblem& problem) {
  if (algorithm != ConvAlgorithm::automatic) return algorithm == ConvAlgorithm::gemm;
  return problem.taps() > 1 && problem.group_depth < fewest_direct_channels;
}

template <class T>
GatherPlan<T> make_plan(GatherProblem problem, const kernels::Table<T>& table,
                        ConvAlgorithm algorithm, index_t packed_offset) {
  const PanelLayout<T> layout(table, problem.group_columns);
  const bool patches = choose_patches(algorithm, problem);
  return {std::move(problem), layout, packed_offset, patches};
}

/// Copies `columns` numbers `step` apart and fills the rest of `width` with zeros.
template <class T>
void pack_row(const T* from, index_t step, index_t columns, index_t width, T* to) {
  if (step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(columns) * sizeof(T));
  } else {
    for (index_t j = 0; j < columns; ++j) to[j] = from[j * step];
  }
  for (index_t j = columns; j < width; ++j) to[j] = 0;
}

}  // namespace

template <class T>
ConvPlan<T>::ConvPlan(const ConvGeometry& geometry, ConvAlgorithm algorithm)
    : geometry_(geometry),
      table_(kernel_table<T>()),
      forward_(make_plan(forward_problem(geometry), table_, algorithm, 0)) {
  InputGradProblems problems = input_grad_problems(geometry);
  input_grad_gaps_ = problems.leaves_gaps;
  index_t longest_row = 0;
  for (GatherProblem& problem : problems.phases) {
    longest_row =
        std::max({longest_row, problem.source_channels, problem.row_taps() * problem.group_depth});
    phases_.push_back(make_plan(std::move(problem), table_, algorithm, packed_grad_size_));
    packed_grad_size_ += phases_.back().packed_size();
  }
  longest_row = std::max({longest_row, forward_.problem.source_channels,
                          forward_.problem.row_taps() * forward_.problem.group_depth});
  zeros_.assign(static_cast<std::size_t>(longest_row), T{0});
}

template <class T>
void ConvPlan<T>::pack(const T* kernel, T* packed) const {
  // kernel (depth, F): panel by panel, a group's columns are adjacent.
  const PanelLayout<T>& layout = forward_.layout;
  const index_t depth = forward_.problem.depth();
  const index_t panels = layout.panels();
  parallel_for(geometry_.groups * panels, depth * geometry_.F / 4, [&](index_t task) {
    const index_t group = task / panels, panel = task % panels;
    const index_t width = layout.width(panel), columns = layout.valid_columns(panel);
    const T* from = kernel + group * geometry_.group_filters() + layout.first_column(panel);
    T* to = packed + group * forward_.group_packed_size() + layout.first_column(panel) * depth;
    for (index_t k = 0; k < depth; ++k) {
      pack_row(from + k * geometry_.F, 1, columns, width, to + k * width);
    }
  });
}

template <class T>
void ConvPlan<T>::pack_grad(const T* kernel, T* packed) const {
  // The transposed kernel: row (tap, f), column c, holds kernel[tap][c][f].
  const index_t filters = geometry_.group_filters();
  const index_t tap_size = geometry_.group_channels() * geometry_.F;
  for (const GatherPlan<T>& phase : phases_) {
    const GatherProblem& problem = phase.problem;
    const PanelLayout<T>& layout = phase.layout;
    const index_t panels = layout.panels();
    const index_t work = problem.depth() * problem.output_channels;
    parallel_for(problem.groups * panels, work, [&](index_t task) {
      const index_t group = task / panels, panel = task % panels;
      const index_t width = layout.width(panel), columns = layout.valid_columns(panel);
      T* to = packed + phase.packed_offset + group * phase.group_packed_size() +
              layout.first_column(panel) * problem.depth();
      for (const Tap& d : problem.axis[0].taps) {
        for (const Tap& h : problem.axis[1].taps) {
          for (const Tap& w : problem.axis[2].taps) {
            const index_t tap = (d.kernel_index * geometry_.window[1].size + h.kernel_index) *
                                    geometry_.window[2].size +
                                w.kernel_index;
            const T* from = kernel + tap * tap_size + layout.first_column(panel) * geometry_.F +
                            group * filters;
            for (index_t f = 0; f < filters; ++f, to += width) {
              pack_row(from + f, geometry_.F, columns, width, to);
            }
          }
        }
      }
    });
  }
}

template <class T>
void ConvPlan<T>::forward(index_t N, const T* x, const T* packed, const T* bias,
                          Activation activation, T* y) const {
  gather_multiply(forward_, table_, N, x, zeros_.data(), packed, bias, activation, y);
}

template <class T>
void ConvPlan<T>::input_grad(index_t N, const T* dy, const T* packed, T* dx) const {
  if (input_grad_gaps_) {
    const index_t size = N * geometry_.input_pixels() * geometry_.C;
    std::memset(dx, 0, static_cast<std::size_t>(size) * sizeof(T));
  }
  for (const GatherPlan<T>& phase : phases_) {
    gather_multiply(phase, table_, N, dy, zeros_.data(), packed + phase.packed_offset,
                    static_cast<const T*>(nullptr), Activation::linear, dx);
  }
}

template class ConvPlan<float>;
template class ConvPlan<double>;

}  // namespace pycnn

// Forward depthwise convolution and its input gradient.
#include "depthwise_conv.hpp"

#include <algorithm>

#include "activation.hpp"
#include "conv_plan.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t task_elements = index_t{1} << 15;  // of the output

/// The place of output position `at` among those of an axis's phase; -1 if it is of another.
index_t place(const AxisGather& axis, index_t at) {
  const index_t distance = at - axis.first;
  return distance >= 0 && distance % axis.step == 0 ? distance / axis.step : -1;
}

}  // namespace

template <class T>
bool DepthwisePlan<T>::serves(const ConvGeometry& geometry) {
  for (const Window& window : geometry.window) {
    if (window.before + window.after > window.extent + window.size) return false;
  }
  return geometry.groups > 1 && geometry.C == geometry.groups && geometry.F == geometry.groups &&
         geometry.taps() <= chain_length;
}

template <class T>
DepthwisePlan<T>::DepthwisePlan(const ConvGeometry& geometry, const kernels::Table<T>& table)
    : geometry_(geometry),
      table_(table),
      pitch_((geometry.C + table.lanes - 1) / table.lanes * table.lanes),
      zeros_(static_cast<std::size_t>(pitch_), T{0}) {
  add_phase(forward_problem(geometry), forward_);
  InputGradProblems problems = input_grad_problems(geometry);
  input_grad_.gaps = problems.leaves_gaps;
  for (GatherProblem& problem : problems.phases) add_phase(std::move(problem), input_grad_);
}

template <class T>
void DepthwisePlan<T>::add_phase(GatherProblem problem, Pass& pass) const {
  pass.phases.push_back({std::move(problem), {}, pass.packed_size});
  Phase& phase = pass.phases.back();
  const std::vector<Tap>& taps = phase.axis(2).taps;
  for (const Tap& tap : taps) phase.tap_column.push_back(tap.base - taps.front().base);
  pass.packed_size += phase.problem.taps() * pitch_;
  pass.most_pointers = std::max(pass.most_pointers,
                                phase.problem.kernel_rows() * phase.columns(phase.axis(2).count));
}

template <class T>
void DepthwisePlan<T>::pack_pass(const Pass& pass, const T* kernel, T* packed) const {
  const auto& window = geometry_.window;
  for (const Phase& phase : pass.phases) {
    for (const Tap& d : phase.axis(0).taps) {
      for (const Tap& h : phase.axis(1).taps) {
        for (const Tap& w : phase.axis(2).taps) {
          const index_t tap =
              (d.kernel_index * window[1].size + h.kernel_index) * window[2].size + w.kernel_index;
          std::copy_n(kernel + tap * geometry_.C, geometry_.C, packed);
          std::fill_n(packed + geometry_.C, pitch_ - geometry_.C, T{0});
          packed += pitch_;
        }
      }
    }
  }
}

template <class T>
kernels::DepthwiseRow<T> DepthwisePlan<T>::point(const Phase& phase, const T* source, index_t n,
                                                 index_t d, index_t h, index_t first,
                                                 index_t pixels, const T** pointers) const {
  const AxisGather &d_axis = phase.axis(0), &h_axis = phase.axis(1), &w_axis = phase.axis(2);
  const index_t C = geometry_.C, columns = phase.columns(pixels);
  const index_t start = first * w_axis.stride + w_axis.taps.front().base;
  const index_t before = std::clamp<index_t>(-start, 0, columns);
  const index_t end = std::clamp<index_t>(w_axis.source_extent - start, before, columns);
  const T* const zeros = zeros_.data();
  const T** to = pointers;
  for (const Tap& d_tap : d_axis.taps) {
    for (const Tap& h_tap : h_axis.taps) {
      const index_t from_d = d * d_axis.stride + d_tap.base;
      const index_t from_h = h * h_axis.stride + h_tap.base;
      const bool inside = from_d >= 0 && from_d < d_axis.source_extent && from_h >= 0 &&
                          from_h < h_axis.source_extent;
      const index_t row = (n * d_axis.source_extent + from_d) * h_axis.source_extent + from_h;
      const T* const base = source + (row * w_axis.source_extent + start) * C;
      const index_t middle = inside ? end : before;
      std::fill(to, to + before, zeros);
      for (index_t i = before; i < middle; ++i) to[i] = base + i * C;
      std::fill(to + middle, to + columns, zeros);
      to += columns;
    }
  }
  return {pixels,
          C,
          pitch_,
          phase.problem.kernel_rows(),
          phase.problem.row_taps(),
          w_axis.stride,
          phase.tap_column.data(),
          pointers,
          columns,
          h_axis.stride * w_axis.source_extent * C,
          w_axis.output_extent * C};
}

template <class T>
void DepthwisePlan<T>::run(const Pass& pass, index_t N, const T* source, const T* packed,
                           const T* bias, Activation activation, T* out) const {
  const bool forward = &pass == &forward_;
  const auto extent = [&](std::size_t axis) {
    return forward ? geometry_.window[axis].output : geometry_.window[axis].extent;
  };
  const index_t D = extent(0), H = extent(1), W = extent(2), C = geometry_.C;
  const index_t row_size = W * C;
  const index_t block = std::max<index_t>(task_elements / std::max<index_t>(row_size, 1), 1);
  parallel_blocks(
      N * D * H, block, row_size * geometry_.taps() / 8, [&](index_t begin, index_t end) {
        const Scratch<const T*> pointers(pass.most_pointers);
        for (index_t row = begin; row < end; ++row) {
          T* const to = out + row * row_size;
          if (pass.gaps) fill_pixels(W, C, bias, to);
          for (const Phase& phase : pass.phases) {
            const index_t d = place(phase.axis(0), row / H % D), h = place(phase.axis(1), row % H);
            if (d < 0 || h < 0) continue;
            const AxisGather& axis = phase.axis(2);
            const kernels::DepthwiseRow<T> pixels =
                point(phase, source, row / H / D, d, h, 0, axis.count, pointers.data());
            table_.depthwise_row(pixels, packed + phase.packed_offset, bias, to + axis.first * C,
                                 axis.step * C);
          }
          if (activation != Activation::linear) apply_activation(activation, row_size, to, to);
        }
      });
}

template <class T>
void DepthwisePlan<T>::forward(index_t N, const T* x, const T* packed, const T* bias,
                               Activation activation, T* y) const {
  run(forward_, N, x, packed, bias, activation, y);
}

template <class T>
void DepthwisePlan<T>::input_grad(index_t N, const T* dy, const T* packed, const T* bias,
                                  T* dx) const {
  run(input_grad_, N, dy, packed, bias, Activation::linear, dx);
}

template class DepthwisePlan<float>;
template class DepthwisePlan<double>;

}  // namespace pycnn

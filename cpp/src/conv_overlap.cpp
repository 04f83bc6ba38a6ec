// The input gradient where channels are few: along D and H it is gathered; along W every pixel of
// dy has a window of gradients (KW, C), and the windows are added up where they overlap.
//
// The columns (kw, c) of a window fill the vectors that single channels would leave empty, and the
// sums are KD * KH * F long. A row piece of dx is computed from all windows that lie on it, those
// that its neighbours need too once more: no result depends on how rows are cut.
#include <algorithm>

#include "conv_plan.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t most_window_bytes = index_t{1} << 18;  // of a task: they stay in the cache

/// Output columns [begin, end).
struct Columns {
  index_t begin, end;
};

/// Those whose windows lie on the pixels [first, last) of a row.
Columns columns_on(const Window& window, index_t first, index_t last) {
  const index_t start = first + window.before - (window.size - 1) * window.dilation;
  const index_t begin = start <= 0 ? 0 : (start + window.stride - 1) / window.stride;
  const index_t end = std::min((last - 1 + window.before) / window.stride + 1, window.output);
  return {std::min(begin, end), end};
}

}  // namespace

template <class T>
void ConvPlan<T>::cut_overlap_tasks() {
  const Window& window = geometry_.window[2];
  const index_t pixel_bytes = window.size * geometry_.C * static_cast<index_t>(sizeof(T));
  for (std::size_t p = 0; p < phases_.size(); ++p) {
    const auto& axis = phases_[p].problem.axis;
    const index_t rows = axis[0].count * axis[1].count;
    const index_t row_bytes = window.output * pixel_bytes;
    const index_t together = std::clamp<index_t>(most_window_bytes / row_bytes, 1, rows);
    const index_t pieces = (row_bytes + most_window_bytes - 1) / most_window_bytes;
    for (index_t row = 0; row < rows; row += together) {
      for (index_t piece = 0; piece < pieces; ++piece) {
        overlap_tasks_.push_back({p, row, std::min(together, rows - row),
                                  window.extent * piece / pieces,
                                  window.extent * (piece + 1) / pieces});
      }
    }
  }
}

template <class T>
void ConvPlan<T>::overlap_input_grad(index_t N, const T* dy, const T* packed, const T* bias,
                                     T* dx) const {
  const Window& window = geometry_.window[2];
  const index_t C = geometry_.C, depth = geometry_.group_channels();
  const index_t pixel_numbers = window.size * C;
  const auto tasks = static_cast<index_t>(overlap_tasks_.size());
  parallel_for(N * tasks, N * geometry_.multiply_adds() / 8, [&](index_t number) {
    const index_t n = number / tasks;
    const OverlapTask& task = overlap_tasks_[static_cast<std::size_t>(number % tasks)];
    const GatherPlan<T>& phase = phases_[task.phase];
    const auto& axis = phase.problem.axis;
    const index_t pixels = task.end - task.begin;
    // All of them where there are several rows, which then are one range of pixels.
    const Columns columns =
        task.rows > 1 ? Columns{0, window.output} : columns_on(window, task.begin, task.end);
    const index_t row_columns = columns.end - columns.begin;

    const Scratch<T> start(C + table_.lanes);
    fill_pixels(1, C, bias, start.data());
    const Scratch<index_t> first_term(pixels + 1), terms(pixels * window.size);
    index_t count = 0;
    for (index_t i = 0; i < pixels; ++i) {
      first_term[i] = count;
      for (index_t k = 0; k < window.size; ++k) {
        const index_t distance = task.begin + i + window.before - k * window.dilation;
        if (distance < 0) break;
        const index_t column = window.stride == 1 ? distance : distance / window.stride;
        if (column * window.stride != distance || column >= window.output) continue;
        terms[count++] = (column - columns.begin) * pixel_numbers + k * depth;
      }
    }
    first_term[pixels] = count;
    const kernels::OverlapRow<T> row{
        pixels,       geometry_.groups,    depth,       first_term.data(),
        terms.data(), window.size * depth, start.data()};

    const Scratch<T> windows(task.rows * row_columns * pixel_numbers + table_.lanes);
    gather_multiply(
        phase, table_,
        PixelRange{(n * axis[0].count * axis[1].count + task.row) * window.output + columns.begin,
                   task.rows * row_columns, true},
        dy, zeros_.data(), packed + phase.packed_offset, static_cast<const T*>(nullptr),
        Activation::linear, windows.data());
    for (index_t i = 0; i < task.rows; ++i) {
      const index_t at = task.row + i;
      const index_t d = axis[0].first + at / axis[1].count * axis[0].step;
      const index_t h = axis[1].first + at % axis[1].count * axis[1].step;
      const index_t to = ((n * axis[0].output_extent + d) * axis[1].output_extent + h);
      table_.overlap_add(row, windows.data() + i * row_columns * pixel_numbers,
                         dx + (to * window.extent + task.begin) * C);
    }
  });
}

template void ConvPlan<float>::cut_overlap_tasks();
template void ConvPlan<double>::cut_overlap_tasks();
template void ConvPlan<float>::overlap_input_grad(index_t, const float*, const float*, const float*,
                                                  float*) const;
template void ConvPlan<double>::overlap_input_grad(index_t, const double*, const double*,
                                                   const double*, double*) const;

}  // namespace pycnn

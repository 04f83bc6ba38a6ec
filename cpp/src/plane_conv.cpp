// Forward convolution and kernel gradient of few channels and filters.
#include "plane_conv.hpp"

#include <algorithm>
#include <cstring>

#include "activation.hpp"
#include "parallel.hpp"
#include "pixel_blocks.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t most_channels = 4, most_filters = 8;
constexpr index_t lanes = 16;          // of a kernel gradient's sums
constexpr index_t block_vectors = 64;  // of such lanes in a block: its dy stays in the cache
constexpr index_t chain_blocks = 3;    // of one chain in each lane
constexpr index_t most_columns = 1024;

index_t round_up(index_t count, index_t to) { return (count + to - 1) / to * to; }

}  // namespace

template <class T>
bool PlaneConvPlan<T>::serves(const ConvGeometry& geometry) {
  const Window &depth = geometry.window[0], &row = geometry.window[2];
  if (geometry.mostly_padding()) return false;
  if (depth.extent != 1 || depth.size != 1 || depth.output != 1 || row.stride != 1) return false;
  if (geometry.groups != 1 || geometry.C > most_channels || geometry.F > most_filters) return false;
  // Of 16 lanes, F are used elsewhere.
  const bool fills = geometry.F * round_up(row.output, lanes) <= 12 * row.output;
  return fills && geometry.taps() > 1 && geometry.taps() * geometry.C <= chain_length &&
         row.output <= most_columns;
}

template <class T>
PlaneConvPlan<T>::PlaneConvPlan(const ConvGeometry& geometry, const kernels::Table<T>& table)
    : geometry_(geometry), table_(table), depth_(geometry.taps() * geometry.C) {
  const Window &h = geometry.window[1], &w = geometry.window[2];
  row_pitch_ = round_up(w.output, lanes);
  const index_t most_rows = std::clamp<index_t>(block_vectors * lanes / row_pitch_, 1, h.output);
  blocks_ = (h.output + most_rows - 1) / most_rows;
  block_rows_ = (h.output + blocks_ - 1) / blocks_;
  plane_rows_ = (block_rows_ - 1) * h.stride + h.span();
  pitch_ = row_pitch_ + w.span() - 1;
  for (index_t kh = 0; kh < h.size; ++kh) {
    for (index_t kw = 0; kw < w.size; ++kw) {
      for (index_t c = 0; c < geometry.C; ++c) {
        offsets_.push_back((c * plane_rows_ + kh * h.dilation) * pitch_ + kw * w.dilation);
      }
    }
  }
}

template <class T>
typename PlaneConvPlan<T>::Block PlaneConvPlan<T>::block(index_t number) const {
  const index_t rows = geometry_.window[1].output, i = number % blocks_;
  const index_t first = rows * i / blocks_;
  return {number / blocks_, first, rows * (i + 1) / blocks_ - first};
}

template <class T>
void PlaneConvPlan<T>::load(const Block& block, const T* x, T* planes) const {
  const Window &h = geometry_.window[1], &w = geometry_.window[2];
  const index_t C = geometry_.C, after = pitch_ - w.before - w.extent;
  const index_t rows = (block.count - 1) * h.stride + h.span();
  for (index_t i = 0; i < rows; ++i) {
    const index_t from = block.first * h.stride + i - h.before;
    const bool inside = from >= 0 && from < h.extent;
    const T* const row = x + (block.n * h.extent + from) * w.extent * C;
    for (index_t c = 0; c < C; ++c) {
      T* to = planes + (c * plane_rows_ + i) * pitch_;
      if (!inside) {
        std::fill_n(to, pitch_, T{0});
        continue;
      }
      to = std::fill_n(to, w.before, T{0});
      if (C == 1) {
        to = std::copy_n(row, w.extent, to);
      } else {
        for (index_t j = 0; j < w.extent; ++j) *to++ = row[j * C + c];
      }
      std::fill_n(to, after, T{0});
    }
  }
}

template <class T>
void PlaneConvPlan<T>::forward(index_t N, const T* x, const T* kernel, const T* bias,
                               const Activation& activation, T* y) const {
  const index_t F = geometry_.F, pixels = geometry_.window[2].output;
  const index_t row_step = geometry_.window[1].stride * pitch_;
  const bool relu = activation.is_plain_relu();
  parallel_for(N * blocks_, N * geometry_.multiply_adds() / 8, [&](index_t task) {
    const Block rows = block(task);
    const Scratch<T> planes(planes_size());
    load(rows, x, planes.data());
    T* const to = y + (rows.n * geometry_.window[1].output + rows.first) * pixels * F;
    kernels::PlaneRow<T> row{pixels, F,    depth_, offsets_.data(), planes.data(), kernel,
                             bias,   relu, to};
    for (index_t i = 0; i < rows.count; ++i, row.x += row_step, row.y += pixels * F) {
      table_.plane_conv(row);
    }
    if (relu || activation == Activation::linear) return;
    apply_activation(activation, rows.count * pixels * F, to, to);
  });
}

template <class T>
void PlaneConvPlan<T>::kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const {
  const index_t F = geometry_.F, pixels = geometry_.window[2].output;
  // Of the kernel's gradient and the bias's.
  const index_t size = (depth_ + 1) * F;
  const index_t blocks = N * blocks_, segments = std::min(blocks, most_segments);
  const Scratch<T> partial(segments * size);
  parallel_for(segments, N * geometry_.multiply_adds() / 8, [&](index_t segment) {
    const Scratch<T> planes(planes_size()), dy_planes(block_rows_ * F * row_pitch_);
    const Scratch<T> sums(size * lanes);
    T* const out = partial.data() + segment * size;
    std::fill_n(out, size, T{0});
    const index_t first = blocks * segment / segments, last = blocks * (segment + 1) / segments;
    for (index_t number = first; number < last; ++number) {
      if ((number - first) % chain_blocks == 0) std::fill_n(sums.data(), size * lanes, T{0});
      const Block rows = block(number);
      load(rows, x, planes.data());
      const kernels::PlaneGrad<T> grad{
          rows.count, pixels,          row_pitch_,    F,
          depth_,     offsets_.data(), planes.data(), geometry_.window[1].stride * pitch_};
      table_.plane_conv_grad(grad,
                             dy + (rows.n * geometry_.window[1].output + rows.first) * pixels * F,
                             dy_planes.data(), sums.data());
      if ((number - first) % chain_blocks == chain_blocks - 1 || number + 1 == last) {
        table_.add_lane_sums(size, sums.data(), out);
      }
    }
  });
  add_segments(table_, partial.data(), segments, size, depth_ * F, dkernel);
  if (dbias) add_segments(table_, partial.data() + depth_ * F, segments, size, F, dbias);
}

template class PlaneConvPlan<float>;
template class PlaneConvPlan<double>;

}  // namespace pycnn

// The input gradient by way of patches (gemm, col2im): dy times the transposed kernel gives the
// gradient of each pixel's patch, and the patches are added up where they overlap.
//
// Wins where channels are few: the columns (tap, channel) of a patch fill the vectors that single
// channels would leave empty. An image is one task, its pixels are added in order.
#include <algorithm>

#include "conv_plan.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t most_patch_bytes = index_t{1} << 18;  // of a chunk: stays in the cache

/// The input positions that the taps of one axis reach from output position `o`.
struct Reach {
  index_t first;       // input position of tap 0
  index_t begin, end;  // taps that are inside the input

  Reach(const Window& window, index_t o)
      : first(o * window.stride - window.before),
        begin(first >= 0 ? 0
                         : std::min(window.size, (-first + window.dilation - 1) / window.dilation)),
        end(first >= window.extent
                ? begin
                : std::max(begin,
                           std::min(window.size, (window.extent - first + window.dilation - 1) /
                                                     window.dilation))) {}
};

/// Adds the patch gradients (taps, depth) of one pixel and group to dx of its image.
template <class T>
void add_patch(const ConvGeometry& geometry, const kernels::Table<T>& table, const T* patch,
               const std::array<index_t, 3>& o, T* dx) {
  const auto& window = geometry.window;
  const index_t depth = geometry.group_channels(), C = geometry.C;
  const Reach d(window[0], o[0]), h(window[1], o[1]), w(window[2], o[2]);
  const bool adjacent = window[2].dilation == 1 && geometry.groups == 1;
  for (index_t kd = d.begin; kd < d.end; ++kd) {
    for (index_t kh = h.begin; kh < h.end; ++kh) {
      const index_t row = (d.first + kd * window[0].dilation) * window[1].extent + h.first +
                          kh * window[1].dilation;
      const T* from = patch + (kd * window[1].size + kh) * window[2].size * depth;
      if (adjacent) {
        T* const to = dx + (row * window[2].extent + w.first + w.begin) * C;
        table.add((w.end - w.begin) * depth, to, from + w.begin * depth, to);
        continue;
      }
      for (index_t kw = w.begin; kw < w.end; ++kw) {
        T* const to = dx + (row * window[2].extent + w.first + kw * window[2].dilation) * C;
        table.add(depth, to, from + kw * depth, to);
      }
    }
  }
}

}  // namespace

template <class T>
void ConvPlan<T>::scatter_input_grad(index_t N, const T* dy, const T* packed, const T* bias,
                                     T* dx) const {
  const auto& window = geometry_.window;
  const index_t pixels = geometry_.output_pixels();
  const index_t input_size = geometry_.input_pixels() * geometry_.C;
  const index_t patch_size = scatter_->problem.output_channels;
  const index_t affordable = most_patch_bytes / (patch_size * static_cast<index_t>(sizeof(T)));
  const index_t chunk = std::clamp<index_t>(affordable, 1, pixels);
  parallel_for(N, N * geometry_.multiply_adds() / 8, [&](index_t n) {
    const Scratch<T> patches(chunk * patch_size);
    T* const image = dx + n * input_size;
    fill_pixels(geometry_.input_pixels(), geometry_.C, bias, image);
    for (index_t first = 0; first < pixels; first += chunk) {
      const index_t count = std::min(chunk, pixels - first);
      gather_multiply(*scatter_, table_, count, dy + (n * pixels + first) * geometry_.F,
                      zeros_.data(), packed, static_cast<const T*>(nullptr), Activation::linear,
                      patches.data());
      for (index_t i = 0; i < count; ++i) {
        const index_t pixel = first + i;
        const std::array<index_t, 3> o{pixel / window[2].output / window[1].output,
                                       pixel / window[2].output % window[1].output,
                                       pixel % window[2].output};
        for (index_t group = 0; group < geometry_.groups; ++group) {
          add_patch(geometry_, table_,
                    patches.data() + i * patch_size + group * scatter_->problem.group_columns, o,
                    image + group * geometry_.group_channels());
        }
      }
    }
  });
}

template void ConvPlan<float>::scatter_input_grad(index_t, const float*, const float*, const float*,
                                                  float*) const;
template void ConvPlan<double>::scatter_input_grad(index_t, const double*, const double*,
                                                   const double*, double*) const;

}  // namespace pycnn

// Kernel and bias gradients of depthwise convolution: a chain over the pixels of a block for each
// tap and channel, then as PixelBlocks says.
#include <algorithm>
#include <cstring>

#include "depthwise_conv.hpp"
#include "parallel.hpp"
#include "pixel_blocks.hpp"
#include "scratch.hpp"

namespace pycnn {

template <class T>
void DepthwisePlan<T>::kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const {
  const Phase& phase = forward_.phases.front();
  const index_t C = geometry_.C, W = geometry_.window[2].output;
  const index_t D = geometry_.window[0].output, H = geometry_.window[1].output;
  const PixelBlocks blocks(N * D * H, W);
  // Partial sums: the kernel's gradient, then the bias's.
  const index_t taps = geometry_.taps(), size = (taps + (dbias ? 1 : 0)) * pitch_;
  const index_t segments = blocks.segments(size * static_cast<index_t>(sizeof(T)));
  const Scratch<T> partial(segments * size);
  const auto bytes = static_cast<std::size_t>(size) * sizeof(T);

  parallel_for(segments, N * geometry_.multiply_adds() / 8, [&](index_t segment) {
    const Scratch<T> chains(size);
    const Scratch<const T*> pointers(forward_.most_pointers);
    T* const sums = partial.data() + segment * size;
    const index_t first = blocks.count() * segment / segments;
    const index_t last = blocks.count() * (segment + 1) / segments;
    std::memset(sums, 0, bytes);
    for (index_t block = first; block < last; ++block) {
      std::memset(chains.data(), 0, bytes);
      for (index_t i = blocks.first_piece(block); i < blocks.last_piece(block); ++i) {
        const RowPiece piece = blocks.piece(i);
        const kernels::DepthwiseRow<T> row =
            point(phase, x, piece.row / H / D, piece.row / H % D, piece.row % H, piece.begin,
                  piece.end - piece.begin, pointers.data());
        table_.depthwise_row_grad(row, dy + (piece.row * W + piece.begin) * C, chains.data(),
                                  dbias ? chains.data() + taps * pitch_ : nullptr);
      }
      table_.add(size, sums, chains.data(), sums);
    }
  });
  add_segments(table_, partial.data(), segments, size, size, partial.data());
  for (index_t tap = 0; tap < taps; ++tap) {
    std::copy_n(partial.data() + tap * pitch_, C, dkernel + tap * C);
  }
  if (dbias) std::copy_n(partial.data() + taps * pitch_, C, dbias);
}

template void DepthwisePlan<float>::kernel_grad(index_t, const float*, const float*, float*,
                                                float*) const;
template void DepthwisePlan<double>::kernel_grad(index_t, const double*, const double*, double*,
                                                 double*) const;

}  // namespace pycnn

// Winograd's convolution F(2x2, 3x3), made ready to run: windows of 3 x 3 at strides one, in 16
// products a tile of 2 x 2 outputs instead of 36 (Lavin and Gray 2016).
//
// A tile's 16 elements are 16 matrix products over the channels, made by the micro-kernel of the
// other routes. A tile belongs to one image and its sums depend on it alone: the bits are the same
// for any threads and any batch. Differences of pixels are rounded before they are multiplied: the
// error is small beside the largest numbers of a window, not beside each of its products, and an
// infinity may become NaN. All pointers are as in ConvPlan.
#pragma once

#include <vector>

#include "conv_geometry.hpp"
#include "panel.hpp"
#include "pycnn/activation.hpp"
#include "pycnn/epilogue.hpp"

namespace pycnn {

template <class T>
class WinogradPlan {
 public:
  /// Whether it is faster than the sum as it is defined.
  static bool serves(const ConvGeometry& geometry);

  WinogradPlan(const ConvGeometry& geometry, const kernels::Table<T>& table);

  index_t packed_size() const { return forward_.packed_size(); }
  void pack(const T* kernel, T* packed) const;
  void forward(index_t N, const T* x, const T* packed, const T* bias, const Activation& activation,
               T* y, const Epilogue<T>* epilogue) const;

  index_t packed_grad_size() const { return input_grad_.packed_size(); }
  void pack_grad(const T* kernel, T* packed) const;
  void input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx, bool adds) const;

  /// dbias may be null.
  void kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const;

 private:
  struct Axis {
    index_t source, before, output;
    index_t tiles() const { return (output + 1) / 2; }
  };
  /// The convolution of a source (N, H, W, groups depth) to (N, OH, OW, groups columns): forward,
  /// or the input gradient, which is one of dy with the kernel turned round.
  struct Pass {
    Axis h, w;
    index_t groups, depth;
    PanelLayout<T> layout;  // of a group's columns

    index_t tiles() const { return h.tiles() * w.tiles(); }  // of an image
    index_t group_packed_size() const { return 16 * depth * layout.padded_columns(); }
    index_t packed_size() const { return groups * group_packed_size(); }
  };
  struct Tile {
    index_t n, h, w;  // of the first output pixel
  };

  static Pass forward_pass(const ConvGeometry& geometry, const kernels::Table<T>& table);
  static Pass input_grad_pass(const ConvGeometry& geometry, const kernels::Table<T>& table);
  static Tile tile(const Pass& pass, index_t number);
  void run(const Pass& pass, index_t N, const T* source, const T* packed, const T* bias,
           const Activation& activation, T* destination, const Epilogue<T>* epilogue) const;
  /// One element of all tiles: sums [tiles][width] = rows [tiles][depth] times elements
  /// [depth][width].
  void multiply(const PanelLayout<T>& layout, index_t panel, index_t depth, index_t tiles,
                const T* elements, const T* const* rows, T* const* sums) const;
  /// What a tile reads, from `channel` on, as [4][4] pixels; zeros where there are none.
  void point_source(const Pass& pass, const Tile& tile, const T* source, index_t channel,
                    const T** pixels) const;
  /// Its [2][2] outputs from `column` on; `outside` where there are none.
  template <class Number>
  static void point_outputs(const Pass& pass, const Tile& tile, Number* y, index_t column,
                            Number* outside, Number** pixels) {
    const index_t columns = pass.groups * pass.layout.columns();
    for (index_t a = 0; a < 2; ++a) {
      for (index_t b = 0; b < 2; ++b) {
        const index_t h = tile.h + a, w = tile.w + b;
        const bool inside = h < pass.h.output && w < pass.w.output;
        const index_t pixel = (tile.n * pass.h.output + h) * pass.w.output + w;
        pixels[2 * a + b] = inside ? y + pixel * columns + column : outside;
      }
    }
  }

  const kernels::Table<T>& table_;
  Pass forward_, input_grad_;
  std::vector<T> zeros_;  // what a padding pixel reads
};

}  // namespace pycnn

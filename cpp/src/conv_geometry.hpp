// The validated sizes of a convolution, always with three spatial axes (D, H, W): lower ranks have
// leading axes of extent one. Dense layers are the case where all extents are one.
#pragma once

#include <algorithm>
#include <array>

#include "pycnn/conv.hpp"

namespace pycnn {

/// The axes that lower ranks do not have.
inline constexpr Window unit_window = {1, 1, 1, 1, 0, 0, 1};

struct ConvGeometry {
  std::array<Window, 3> window;
  index_t C;
  index_t F;
  index_t groups;

  index_t group_channels() const { return C / groups; }
  index_t group_filters() const { return F / groups; }
  index_t taps() const { return window[0].size * window[1].size * window[2].size; }
  index_t input_pixels() const { return window[0].extent * window[1].extent * window[2].extent; }
  index_t output_pixels() const { return window[0].output * window[1].output * window[2].output; }
  /// Whether the padding of an axis is wider than what it surrounds.
  bool mostly_padding() const {
    return std::any_of(window.begin(), window.end(), [](const Window& axis) {
      return axis.before + axis.after > axis.extent + axis.size;
    });
  }
  /// Whether windows are of 3 x 3 pixels at strides and dilation one, over two axes.
  bool fits_winograd() const;
  /// Multiply-adds of one sample.
  index_t multiply_adds() const { return output_pixels() * taps() * group_channels() * F; }
};

/// The one validator of convolution: shapes, groups, strides, dilation, padding.
ConvGeometry conv_geometry(const char* op, const Shape& x, const Shape& kernel,
                           const ConvParams& params);

/// Refuses an algorithm that cannot compute it.
void check_algorithm(const char* op, const ConvGeometry& geometry, ConvAlgorithm algorithm);

/// The same for a depthwise kernel (kernel_size..., C, M): groups = C and F = C M.
ConvGeometry depthwise_conv_geometry(const char* op, const Shape& x, const Shape& kernel,
                                     const ConvParams& params);

/// Of x (N, C) and kernel (C, F).
ConvGeometry dense_geometry(const char* op, const Shape& x, const Shape& kernel);

Shape conv_output_shape(const char* op, const ConvGeometry& geometry, index_t N,
                        index_t spatial_rank);

}  // namespace pycnn

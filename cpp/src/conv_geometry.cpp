// Validates a convolution and resolves its sizes; nothing else checks them.
#include "conv_geometry.hpp"

#include "check.hpp"

namespace pycnn {

ConvAlgorithm conv_algorithm_from_name(const std::string& name) {
  if (name == "auto") return ConvAlgorithm::automatic;
  if (name == "direct") return ConvAlgorithm::direct;
  if (name == "gemm") return ConvAlgorithm::gemm;
  if (name == "winograd") return ConvAlgorithm::winograd;
  throw std::invalid_argument(
      message("[conv] algorithm must be auto, direct, gemm or winograd; got algorithm=", name));
}

bool ConvGeometry::fits_winograd() const {
  const auto three = [](const Window& axis) {
    return axis.size == 3 && axis.stride == 1 && axis.dilation == 1;
  };
  return window[0].size == 1 && window[0].extent == 1 && window[0].output == 1 &&
         three(window[1]) && three(window[2]);
}

void check_algorithm(const char* op, const ConvGeometry& geometry, ConvAlgorithm algorithm) {
  const auto& window = geometry.window;
  PYCNN_CHECK(
      algorithm != ConvAlgorithm::winograd || geometry.fits_winograd(), "[", op,
      "] algorithm=winograd needs two spatial axes, kernel_size 3, strides 1 and "
      "dilation_rate 1; got kernel_size=",
      Shape({window[0].size, window[1].size, window[2].size}),
      ", strides=", Shape({window[0].stride, window[1].stride, window[2].stride}),
      ", dilation_rate=", Shape({window[0].dilation, window[1].dilation, window[2].dilation}));
}

ConvGeometry conv_geometry(const char* op, const Shape& x, const Shape& kernel,
                           const ConvParams& params) {
  PYCNN_CHECK(x.rank() >= 3 && x.rank() <= 5, "[", op,
              "] input must have rank 3, 4 or 5: (N, spatial axes, C); got input shape ", x);
  PYCNN_CHECK(kernel.rank() == x.rank(), "[", op, "] kernel must have rank ", x.rank(),
              ": (kernel_size, C / groups, F); got kernel shape ", kernel);
  const index_t spatial_rank = x.rank() - 2;
  std::vector<index_t> kernel_size(kernel.begin(), kernel.begin() + spatial_rank);
  const std::vector<Window> windows = resolve_windows(
      op, x, "kernel_size", kernel_size, params.strides, params.dilation_rate, params.padding);

  ConvGeometry geometry{
      {unit_window, unit_window, unit_window}, x.back(), kernel.back(), params.groups};
  PYCNN_CHECK(geometry.C >= 1, "[", op, "] input must have at least one channel; got input shape ",
              x);
  PYCNN_CHECK(geometry.F >= 1, "[", op, "] kernel must have at least one filter; got kernel shape ",
              kernel);
  PYCNN_CHECK(
      params.groups >= 1 && geometry.C % params.groups == 0 && geometry.F % params.groups == 0, "[",
      op, "] groups must be positive and divide channels C=", geometry.C,
      " and filters F=", geometry.F, "; got groups=", params.groups);
  PYCNN_CHECK(kernel[spatial_rank] == geometry.group_channels(), "[", op, "] kernel expects ",
              kernel[spatial_rank], " input channels in each of groups=", params.groups,
              "; got input shape ", x, ", kernel shape ", kernel);
  for (index_t axis = 0; axis < spatial_rank; ++axis) {
    geometry.window[static_cast<std::size_t>(3 - spatial_rank + axis)] =
        windows[static_cast<std::size_t>(axis)];
  }
  conv_output_shape(op, geometry, x[0], spatial_rank);  // refuses a size beyond 64 bits
  check_algorithm(op, geometry, params.algorithm);
  return geometry;
}

ConvGeometry depthwise_conv_geometry(const char* op, const Shape& x, const Shape& kernel,
                                     const ConvParams& params) {
  const index_t last = kernel.rank() - 1;
  PYCNN_CHECK(
      kernel.rank() == x.rank() && x.rank() >= 3, "[", op,
      "] input and kernel must have the same rank, of (N, spatial axes, C) and (kernel_size, "
      "C, M); got input shape ",
      x, ", kernel shape ", kernel);
  PYCNN_CHECK(kernel[last - 1] == x.back() && x.back() >= 1, "[", op,
              "] kernel expects C=", kernel[last - 1],
              " input channels, at least one; got input shape ", x, ", kernel shape ", kernel);
  PYCNN_CHECK(kernel.back() >= 1, "[", op,
              "] kernel must have at least one filter for each channel; got kernel shape ", kernel);
  // The numbers of (C, M) and of (1, C M) lie in the same order in memory.
  Shape grouped = kernel;
  grouped.set(last - 1, 1);
  grouped.set(last, x.back() * kernel.back());
  ConvParams grouped_params = params;
  grouped_params.groups = x.back();
  return conv_geometry(op, x, grouped, grouped_params);
}

ConvGeometry dense_geometry(const char* op, const Shape& x, const Shape& kernel) {
  PYCNN_CHECK(x.rank() == 2, "[", op, "] input must have rank 2: (N, C); got input shape ", x);
  PYCNN_CHECK(kernel.rank() == 2, "[", op, "] kernel must have rank 2: (C, F); got kernel shape ",
              kernel);
  PYCNN_CHECK(kernel[0] == x[1], "[", op, "] kernel expects C=", kernel[0],
              " input channels; got input shape ", x);
  PYCNN_CHECK(kernel[0] >= 1 && kernel[1] >= 1, "[", op,
              "] kernel must have at least one channel and one filter; got kernel shape ", kernel);
  return {{unit_window, unit_window, unit_window}, kernel[0], kernel[1], 1};
}

Shape conv_output_shape(const char* op, const ConvGeometry& geometry, index_t N,
                        index_t spatial_rank) {
  std::vector<index_t> extents{N};
  for (std::size_t axis = static_cast<std::size_t>(3 - spatial_rank); axis < 3; ++axis) {
    extents.push_back(geometry.window[axis].output);
  }
  extents.push_back(geometry.F);
  return output_shape(op, extents);
}

}  // namespace pycnn

// Transposed convolution: validates, resolves the sizes, and runs the plan of the convolution that
// goes the other way.
#include "conv_transpose.hpp"

#include <algorithm>
#include <cstring>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

// Rows of one chain in sum_pixels.
constexpr index_t block_rows = 128;

index_t checked_size(const char* op, index_t extent, index_t stride, index_t more) {
  index_t size = 0;
  PYCNN_CHECK(!__builtin_mul_overflow(extent, stride, &size) && size <= (index_t{1} << 60), "[", op,
              "] strides times the extent must stay below 2^60; got strides=", stride,
              ", extent=", extent);
  return size + more;
}

/// Turns a window of x into that of the convolution from y to x. `given` is the output padding, or
/// less than zero.
Window reversed(const char* op, const Window& x, Padding::Kind kind, index_t given) {
  const index_t span = x.span();
  const index_t reach = checked_size(op, x.extent - 1, x.stride, span);  // of all windows, uncut
  Window y = x;
  y.output = x.extent;
  if (kind == Padding::Kind::same) {
    const index_t size = given < 0 ? reach - span + x.stride : reach - span + span % 2 + given;
    // Where the output is longer than what the windows reach, nothing is cut off.
    y.before = std::max<index_t>(reach - size, 0) / 2;
    y.extent = size;
  } else {
    const index_t extra =
        given >= 0 || kind != Padding::Kind::valid ? given : std::max<index_t>(x.stride - span, 0);
    y.extent = reach - x.before - x.after + std::max<index_t>(extra, 0);
  }
  PYCNN_CHECK(y.extent >= 1, "[", op, "] padding must leave an output; got size ", y.extent,
              " for extent=", x.extent, ", kernel_size=", x.size, ", strides=", x.stride);
  y.after = std::max<index_t>(reach - y.before - y.extent, 0);
  return y;
}

template <class T>
void check_shape(const char* op, const char* name, const TensorView<T>& view,
                 const Shape& expected) {
  PYCNN_CHECK(view.shape == expected, "[", op, "] ", name, " must have shape ", expected, "; got ",
              name, ".shape=", view.shape);
}

}  // namespace

ConvGeometry conv_transpose_geometry(const char* op, const Shape& x, const Shape& kernel,
                                     const ConvTransposeParams& params) {
  PYCNN_CHECK(x.rank() >= 3 && x.rank() <= 5, "[", op,
              "] input must have rank 3, 4 or 5: (N, spatial axes, C); got input shape ", x);
  PYCNN_CHECK(kernel.rank() == x.rank(), "[", op, "] kernel must have rank ", x.rank(),
              ": (kernel_size, F / groups, C); got kernel shape ", kernel);
  PYCNN_CHECK(params.padding.kind != Padding::Kind::full, "[", op,
              "] padding must be valid, same or explicit pairs; got padding=full");
  const index_t spatial_rank = x.rank() - 2;
  const auto axes = static_cast<std::size_t>(spatial_rank);
  PYCNN_CHECK(params.output_padding.empty() || params.output_padding.size() == axes, "[", op,
              "] output_padding must have ", spatial_rank, " values, one per spatial axis; got ",
              params.output_padding.size());
  const index_t channels = kernel.back(), group_filters = kernel[spatial_rank];
  PYCNN_CHECK(channels >= 1 && channels == x.back(), "[", op, "] kernel expects C=", channels,
              " input channels, one or more; got input shape ", x, ", kernel shape ", kernel);
  PYCNN_CHECK(params.groups >= 1 && channels % params.groups == 0, "[", op,
              "] groups must be positive and divide channels C=", channels,
              "; got groups=", params.groups);
  index_t filters = 0;
  PYCNN_CHECK(group_filters >= 1 && !__builtin_mul_overflow(group_filters, params.groups, &filters),
              "[", op, "] kernel must have at least one filter in each of groups=", params.groups,
              "; got kernel shape ", kernel);

  const std::vector<index_t> kernel_size(kernel.begin(), kernel.begin() + spatial_rank);
  const std::vector<Window> windows = check_windows(
      op, x, "kernel_size", kernel_size, params.strides, params.dilation_rate, params.padding);
  ConvGeometry geometry{{unit_window, unit_window, unit_window}, filters, channels, params.groups};
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const Window& window = windows[axis];
    PYCNN_CHECK(window.extent >= 1, "[", op,
                "] input must have at least one pixel on each spatial axis; got input shape ", x);
    const index_t given = params.output_padding.empty() ? -1 : params.output_padding[axis];
    PYCNN_CHECK(params.output_padding.empty() || (given >= 0 && given < window.stride), "[", op,
                "] output_padding must not be negative and must be below strides=", window.stride,
                "; got output_padding=", given);
    geometry.window[3 - axes + axis] = reversed(op, window, params.padding.kind, given);
  }
  conv_transpose_output_shape(op, geometry, x[0], spatial_rank);  // refuses a size beyond 64 bits
  check_algorithm(op, geometry, params.algorithm);
  return geometry;
}

Shape conv_transpose_output_shape(const char* op, const ConvGeometry& geometry, index_t N,
                                  index_t spatial_rank) {
  std::vector<index_t> extents{N};
  for (std::size_t axis = static_cast<std::size_t>(3 - spatial_rank); axis < 3; ++axis) {
    extents.push_back(geometry.window[axis].extent);
  }
  extents.push_back(geometry.C);
  return output_shape(op, extents);
}

Shape conv_transpose_output_shape(const Shape& x, const Shape& kernel,
                                  const ConvTransposeParams& params) {
  const char* const op = "conv_transpose";
  return conv_transpose_output_shape(op, conv_transpose_geometry(op, x, kernel, params), x[0],
                                     x.rank() - 2);
}

template <class T>
void sum_pixels(index_t rows, index_t width, const T* x, T* out) {
  const kernels::Table<T>& table = kernel_table<T>();
  const index_t padded = (width + table.lanes - 1) / table.lanes * table.lanes;
  const index_t blocks = std::max<index_t>((rows + block_rows - 1) / block_rows, 1);
  const Scratch<T> partial(blocks * padded);
  parallel_for(blocks, rows * width / 4, [&](index_t block) {
    const index_t first = block * block_rows, count = std::min(block_rows, rows - first);
    const Scratch<T> panel(count * padded);
    table.pack_rows(count, width, width, x + first * width, padded, panel.data());
    table.sum_rows(count, padded, panel.data(), partial.data() + block * padded);
  });
  for (index_t distance = 1; distance < blocks; distance *= 2) {
    for (index_t block = 0; block + distance < blocks; block += 2 * distance) {
      T* const sum = partial.data() + block * padded;
      table.add(padded, sum, sum + distance * padded, sum);
    }
  }
  std::memcpy(out, partial.data(), static_cast<std::size_t>(width) * sizeof(T));
}

template <class T>
void conv_transpose(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias,
                    const ConvTransposeParams& params, TensorView<T> y) {
  const char* const op = "conv_transpose";
  const ConvGeometry geometry = conv_transpose_geometry(op, x.shape, kernel.shape, params);
  const index_t N = x.shape[0];
  check_shape(op, "y", y, conv_transpose_output_shape(op, geometry, N, x.shape.rank() - 2));
  if (bias) check_shape(op, "bias", bias, {geometry.C});
  const ConvPlan<T> plan(geometry, params.algorithm);
  const Scratch<T> packed(plan.packed_grad_size());
  plan.pack_grad(kernel.data, packed.data());
  plan.input_grad(N, x.data, plan.grad_panels(kernel.data, packed.data()), bias.data, y.data);
}

template <class T>
void conv_transpose_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel,
                         const ConvTransposeParams& params, TensorView<T> dx, TensorView<T> dkernel,
                         TensorView<T> dbias) {
  const char* const op = "conv_transpose_grad";
  const ConvGeometry geometry = conv_transpose_geometry(op, x.shape, kernel.shape, params);
  const index_t N = x.shape[0];
  check_shape(op, "dy", dy, conv_transpose_output_shape(op, geometry, N, x.shape.rank() - 2));
  if (dx) check_shape(op, "dx", dx, x.shape);
  if (dkernel) check_shape(op, "dkernel", dkernel, kernel.shape);
  if (dbias) check_shape(op, "dbias", dbias, {geometry.C});
  const ConvPlan<T> plan(geometry, params.algorithm);
  if (dx) {
    const Scratch<T> packed(plan.packed_size());
    plan.pack(kernel.data, packed.data());
    plan.forward(N, dy.data, plan.panels(kernel.data, packed.data()), nullptr, Activation::linear,
                 dx.data);
  }
  if (dkernel) plan.kernel_grad(N, dy.data, x.data, dkernel.data, nullptr);
  if (dbias) sum_pixels(N * geometry.input_pixels(), geometry.C, dy.data, dbias.data);
}

#define PYCNN_INSTANTIATE(T)                                                                     \
  template void sum_pixels<T>(index_t, index_t, const T*, T*);                                   \
  template void conv_transpose<T>(ConstView<T>, ConstView<T>, ConstView<T>,                      \
                                  const ConvTransposeParams&, TensorView<T>);                    \
  template void conv_transpose_grad<T>(ConstView<T>, ConstView<T>, ConstView<T>,                 \
                                       const ConvTransposeParams&, TensorView<T>, TensorView<T>, \
                                       TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

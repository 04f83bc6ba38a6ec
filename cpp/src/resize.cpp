// Resizing row by row: two rows of x are blended, then the pixels of that row. The gradient runs
// the same steps backwards, one image to a task, so that no two tasks add to the same pixel.
#include "pycnn/resize.hpp"

#include <algorithm>
#include <cstring>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t rescale_block = index_t{1} << 14;

void check_sizes(const char* op, const char* small_name, const Shape& x, const char* large_name,
                 const Shape& y) {
  PYCNN_CHECK(x.rank() == 4, "[", op, "] ", small_name, " must be (N, H, W, C); got shape ", x);
  PYCNN_CHECK(y.rank() == 4 && y[0] == x[0] && y[3] == x[3], "[", op, "] ", large_name,
              " must be (N, OH, OW, C) with the N and C of ", small_name, ", ", x, "; got ",
              large_name, ".shape=", y);
  for (index_t axis = 1; axis <= 2; ++axis) {
    PYCNN_CHECK(x[axis] > 0 && y[axis] > 0, "[", op, "] heights and widths must be positive; got ",
                small_name, ".shape=", x, ", ", large_name, ".shape=", y);
    // Positions are fractions with the denominator 2 * output.
    PYCNN_CHECK(y[axis] < (index_t{1} << 62) / (2 * x[axis]), "[", op,
                "] size must keep size * input below 2^61; got ", small_name, ".shape=", x, ", ",
                large_name, ".shape=", y);
  }
}

/// Where each output pixel of one axis lies in the input. Lives in the caller's Scratch.
template <class T>
struct AxisMap {
  Scratch<index_t> low;
  Scratch<index_t> high;
  Scratch<T> low_weight;
  Scratch<T> high_weight;

  AxisMap(const ResizeParams& params, index_t input, index_t output)
      : low(output), high(output), low_weight(output), high_weight(output) {
    const bool corners = params.coordinates == Coordinates::align_corners;
    // Positions are fractions of this even denominator.
    const index_t units = 2 * (corners ? std::max<index_t>(output - 1, 1) : output);
    const index_t step = 2 * (corners ? input - 1 : input);
    const index_t start = params.coordinates == Coordinates::half_pixel ? input - output : 0;
    for (index_t o = 0; o < output; ++o) {
      const index_t seen = start + o * step;
      if (params.interpolation == Interpolation::nearest) {
        low[o] = high[o] = std::min((seen + units / 2) / units, input - 1);
        continue;
      }
      const index_t position = std::max<index_t>(seen, 0);
      low[o] = std::min(position / units, input - 1);
      high[o] = std::min(low[o] + 1, input - 1);
      const index_t rest = high[o] > low[o] ? position % units : 0;
      low_weight[o] =
          static_cast<T>(static_cast<double>(units - rest) / static_cast<double>(units));
      high_weight[o] = static_cast<T>(static_cast<double>(rest) / static_cast<double>(units));
    }
  }
};

template <class T>
struct Resize {
  const Shape& x;  // (N, H, W, C)
  const Shape& y;  // (N, OH, OW, C)
  AxisMap<T> rows;
  AxisMap<T> columns;
  index_t row = x[2] * x[3];

  Resize(const ResizeParams& params, const Shape& x_shape, const Shape& y_shape)
      : x(x_shape), y(y_shape), rows(params, x[1], y[1]), columns(params, x[2], y[2]) {}

  /// Row oh of one image: `input` is that image, `out` the row.
  void bilinear_row(const T* input, index_t oh, T* out) const {
    const kernels::Table<T>& kernel = kernel_table<T>();
    const Scratch<T> blended(row);
    kernel.blend(row, rows.low_weight[oh], rows.high_weight[oh], input + rows.low[oh] * row,
                 input + rows.high[oh] * row, blended.data());
    kernel.blend_pixels(y[2], x[3], columns.low.data(), columns.high.data(),
                        columns.low_weight.data(), columns.high_weight.data(), blended.data(), out);
  }

  void nearest_row(const T* input, index_t oh, T* out) const {
    const T* const from = input + rows.low[oh] * row;
    const auto bytes = static_cast<std::size_t>(x[3]) * sizeof(T);
    for (index_t ow = 0; ow < y[2]; ++ow) {
      std::memcpy(out + ow * x[3], from + columns.low[ow] * x[3], bytes);
    }
  }

  /// Adds the gradient of row oh to `dinput`, one image.
  void bilinear_row_grad(const T* dout, index_t oh, T* dinput) const {
    const kernels::Table<T>& kernel = kernel_table<T>();
    const Scratch<T> blended(row);
    std::fill_n(blended.data(), row, T{0});
    kernel.blend_pixels_grad(y[2], x[3], columns.low.data(), columns.high.data(),
                             columns.low_weight.data(), columns.high_weight.data(), dout,
                             blended.data());
    kernel.add_scaled(row, rows.low_weight[oh], blended.data(), dinput + rows.low[oh] * row);
    kernel.add_scaled(row, rows.high_weight[oh], blended.data(), dinput + rows.high[oh] * row);
  }

  void nearest_row_grad(const T* dout, index_t oh, T* dinput) const {
    T* const to = dinput + rows.low[oh] * row;
    for (index_t ow = 0; ow < y[2]; ++ow) {
      T* const pixel = to + columns.low[ow] * x[3];
      for (index_t c = 0; c < x[3]; ++c) pixel[c] += dout[ow * x[3] + c];
    }
  }
};

}  // namespace

Interpolation interpolation_from_name(const std::string& name) {
  if (name == "nearest") return Interpolation::nearest;
  if (name == "bilinear") return Interpolation::bilinear;
  throw std::invalid_argument(
      message("[resize] interpolation must be one of nearest, bilinear; got interpolation=", name));
}

Coordinates coordinates_from_name(const std::string& name) {
  if (name == "half_pixel") return Coordinates::half_pixel;
  if (name == "align_corners") return Coordinates::align_corners;
  if (name == "asymmetric") return Coordinates::asymmetric;
  throw std::invalid_argument(
      message("[resize] coordinates must be one of half_pixel, align_corners, asymmetric; got "
              "coordinates=",
              name));
}

Shape resize_output_shape(const Shape& x, index_t height, index_t width) {
  PYCNN_CHECK(x.rank() == 4, "[resize] inputs must be (N, H, W, C); got shape ", x);
  PYCNN_CHECK(height >= 1 && width >= 1, "[resize] size must be positive; got size=(", height, ", ",
              width, ")");
  return output_shape("resize", {x[0], height, width, x[3]});
}

template <class T>
void resize(ConstView<T> x, const ResizeParams& params, TensorView<T> y) {
  check_sizes("resize", "inputs", x.shape, "outputs", y.shape);
  if (y.size() == 0) return;
  const Resize<T> map(params, x.shape, y.shape);
  const index_t height = y.shape[1], out_row = y.shape[2] * y.shape[3];
  const index_t image = x.shape[1] * map.row;
  parallel_for(y.shape[0] * height, y.size() * 4, [&](index_t task) {
    const T* const input = x.data + task / height * image;
    T* const out = y.data + task * out_row;
    if (params.interpolation == Interpolation::nearest) {
      map.nearest_row(input, task % height, out);
    } else {
      map.bilinear_row(input, task % height, out);
    }
  });
}

template <class T>
void resize_grad(ConstView<T> dy, const ResizeParams& params, TensorView<T> dx) {
  check_sizes("resize_grad", "inputs", dx.shape, "dy", dy.shape);
  if (dx.size() == 0) return;
  const Resize<T> map(params, dx.shape, dy.shape);
  const index_t height = dy.shape[1], out_row = dy.shape[2] * dy.shape[3];
  const index_t image = dx.shape[1] * map.row;
  parallel_for(dx.shape[0], (dx.size() + dy.size()) * 4, [&](index_t n) {
    T* const dinput = dx.data + n * image;
    std::fill_n(dinput, image, T{0});
    for (index_t oh = 0; oh < height; ++oh) {
      const T* const dout = dy.data + (n * height + oh) * out_row;
      if (params.interpolation == Interpolation::nearest) {
        map.nearest_row_grad(dout, oh, dinput);
      } else {
        map.bilinear_row_grad(dout, oh, dinput);
      }
    }
  });
}

template <class T>
void rescale(ConstView<T> x, double scale, double offset, TensorView<T> y) {
  PYCNN_CHECK(x.shape == y.shape, "[rescale] y must have the shape of x, ", x.shape,
              "; got y.shape=", y.shape);
  parallel_blocks(x.size(), rescale_block, 1, [&](index_t begin, index_t end) {
    kernel_table<T>().scale_offset(end - begin, static_cast<T>(scale), static_cast<T>(offset),
                                   x.data + begin, y.data + begin);
  });
}

template <class T>
void rescale_grad(ConstView<T> dy, double scale, TensorView<T> dx) {
  PYCNN_CHECK(dy.shape == dx.shape, "[rescale_grad] dx must have the shape of dy, ", dy.shape,
              "; got dx.shape=", dx.shape);
  parallel_blocks(dy.size(), rescale_block, 1, [&](index_t begin, index_t end) {
    kernel_table<T>().scale_offset(end - begin, static_cast<T>(scale), T{0}, dy.data + begin,
                                   dx.data + begin);
  });
}

#define PYCNN_INSTANTIATE(T)                                                      \
  template void resize<T>(ConstView<T>, const ResizeParams&, TensorView<T>);      \
  template void resize_grad<T>(ConstView<T>, const ResizeParams&, TensorView<T>); \
  template void rescale<T>(ConstView<T>, double, double, TensorView<T>);          \
  template void rescale_grad<T>(ConstView<T>, double, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Softmax and log-softmax, cut into blocks of rows or of columns for the threads.
#include "pycnn/softmax.hpp"

#include <algorithm>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t block_elements = index_t{1} << 12;
constexpr index_t row_block = 16;      // the kernel works on that many short rows at a time
constexpr index_t columns_block = 16;  // as many as the kernel takes
constexpr index_t cost = 16;           // of one element, most of it the exponential

void check_shapes(const char* op, const char* input_name, const Shape& input,
                  const char* output_name, const Shape& output) {
  PYCNN_CHECK(input.rank() >= 1, "[", op, "] ", input_name,
              " must have at least one axis; got shape ", input);
  PYCNN_CHECK(output == input, "[", op, "] ", output_name, " must have the shape of ", input_name,
              ", ", input, "; got ", output_name, ".shape=", output);
}

/// A tensor as (outer, channels, inner), channels being the axis.
struct Extents {
  index_t outer = 1, channels = 1, inner = 1;

  Extents(const char* op, const Shape& shape, index_t axis) {
    PYCNN_CHECK(axis >= -shape.rank() && axis < shape.rank(), "[", op, "] axis must be one of the ",
                shape.rank(), " axes of x; got axis=", axis);
    const index_t position = axis < 0 ? axis + shape.rank() : axis;
    for (index_t i = 0; i < shape.rank(); ++i) {
      (i < position ? outer : i == position ? channels : inner) *= shape[i];
    }
  }

  /// Calls rows(count, offset) for blocks of rows along the last axis, or columns(offset, width)
  /// for blocks of columns along another one.
  template <class Rows, class Columns>
  void for_each_block(const Rows& rows, const Columns& columns) const {
    if (outer * channels * inner == 0) return;
    if (inner == 1) {
      const index_t fitting = block_elements / channels / row_block * row_block;
      parallel_blocks(outer, std::max(fitting, channels < block_elements ? row_block : 1),
                      channels * cost,
                      [&](index_t begin, index_t end) { rows(end - begin, begin * channels); });
      return;
    }
    const index_t blocks = (inner + columns_block - 1) / columns_block;
    parallel_blocks(outer * blocks, 1, channels * columns_block * cost,
                    [&](index_t begin, index_t end) {
                      for (index_t block = begin; block < end; ++block) {
                        const index_t first = block % blocks * columns_block;
                        columns(block / blocks * channels * inner + first,
                                std::min(columns_block, inner - first));
                      }
                    });
  }
};

/// A gradient kernel of rows on `width` columns: they are transposed there and back.
template <class T>
void apply_to_columns(void (*kernel)(index_t, index_t, const T*, const T*, T*),
                      const Extents& extents, index_t width, const T* dy, const T* y, T* dx) {
  const auto transpose = kernel_table<T>().transpose;
  const index_t channels = extents.channels, step = extents.inner;
  const Scratch<T> gradient(width * channels), output(width * channels);
  transpose(channels, width, step, dy, channels, gradient.data());
  transpose(channels, width, step, y, channels, output.data());
  kernel(width, channels, gradient.data(), output.data(), gradient.data());
  transpose(width, channels, channels, gradient.data(), step, dx);
}

}  // namespace

template <class T>
void softmax(ConstView<T> x, TensorView<T> y, index_t axis) {
  check_shapes("softmax", "x", x.shape, "y", y.shape);
  const Extents extents("softmax", x.shape, axis);
  const kernels::Table<T>& kernel = kernel_table<T>();
  extents.for_each_block(
      [&](index_t rows, index_t at) {
        kernel.softmax(rows, extents.channels, x.data + at, y.data + at);
      },
      [&](index_t at, index_t width) {
        kernel.softmax_columns(extents.channels, extents.inner, width, x.data + at, y.data + at);
      });
}

template <class T>
void softmax_grad(ConstView<T> dy, ConstView<T> y, TensorView<T> dx, index_t axis) {
  check_shapes("softmax_grad", "y", y.shape, "dy", dy.shape);
  check_shapes("softmax_grad", "y", y.shape, "dx", dx.shape);
  const Extents extents("softmax_grad", y.shape, axis);
  const kernels::Table<T>& kernel = kernel_table<T>();
  extents.for_each_block(
      [&](index_t rows, index_t at) {
        kernel.softmax_grad(rows, extents.channels, dy.data + at, y.data + at, dx.data + at);
      },
      [&](index_t at, index_t width) {
        apply_to_columns<T>(kernel.softmax_grad, extents, width, dy.data + at, y.data + at,
                            dx.data + at);
      });
}

template <class T>
void log_softmax(ConstView<T> x, TensorView<T> y, index_t axis) {
  check_shapes("log_softmax", "x", x.shape, "y", y.shape);
  const Extents extents("log_softmax", x.shape, axis);
  const kernels::Table<T>& kernel = kernel_table<T>();
  extents.for_each_block(
      [&](index_t rows, index_t at) {
        kernel.log_softmax(rows, extents.channels, x.data + at, y.data + at);
      },
      [&](index_t at, index_t width) {
        kernel.log_softmax_columns(extents.channels, extents.inner, width, x.data + at,
                                   y.data + at);
      });
}

template <class T>
void log_softmax_grad(ConstView<T> dy, ConstView<T> y, TensorView<T> dx, index_t axis) {
  check_shapes("log_softmax_grad", "y", y.shape, "dy", dy.shape);
  check_shapes("log_softmax_grad", "y", y.shape, "dx", dx.shape);
  const Extents extents("log_softmax_grad", y.shape, axis);
  const kernels::Table<T>& kernel = kernel_table<T>();
  extents.for_each_block(
      [&](index_t rows, index_t at) {
        kernel.log_softmax_grad(rows, extents.channels, dy.data + at, y.data + at, dx.data + at);
      },
      [&](index_t at, index_t width) {
        apply_to_columns<T>(kernel.log_softmax_grad, extents, width, dy.data + at, y.data + at,
                            dx.data + at);
      });
}

#define PYCNN_INSTANTIATE(T)                                                         \
  template void softmax<T>(ConstView<T>, TensorView<T>, index_t);                    \
  template void softmax_grad<T>(ConstView<T>, ConstView<T>, TensorView<T>, index_t); \
  template void log_softmax<T>(ConstView<T>, TensorView<T>, index_t);                \
  template void log_softmax_grad<T>(ConstView<T>, ConstView<T>, TensorView<T>, index_t);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

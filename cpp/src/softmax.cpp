// Softmax and log-softmax, cut into blocks of rows for the threads.
#include "pycnn/softmax.hpp"

#include <algorithm>

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t block_elements = index_t{1} << 12;
constexpr index_t cost = 16;  // of one element, most of it the exponential

void check_shapes(const char* op, const char* input_name, const Shape& input,
                  const char* output_name, const Shape& output) {
  PYCNN_CHECK(input.rank() >= 1, "[", op, "] ", input_name,
              " must have at least one axis; got shape ", input);
  PYCNN_CHECK(output == input, "[", op, "] ", output_name, " must have the shape of ", input_name,
              ", ", input, "; got ", output_name, ".shape=", output);
}

/// Calls body(rows, offset of the first row) for each block of rows of `shape`.
template <class Body>
void for_row_blocks(const Shape& shape, const Body& body) {
  if (shape.size() == 0) return;
  const index_t channels = shape.back();
  parallel_blocks(shape.size() / channels, std::max<index_t>(block_elements / channels, 1),
                  channels * cost,
                  [&](index_t begin, index_t end) { body(end - begin, begin * channels); });
}

}  // namespace

template <class T>
void softmax(ConstView<T> x, TensorView<T> y) {
  check_shapes("softmax", "x", x.shape, "y", y.shape);
  for_row_blocks(x.shape, [&](index_t rows, index_t offset) {
    kernel_table<T>().softmax(rows, x.shape.back(), x.data + offset, y.data + offset);
  });
}

template <class T>
void softmax_grad(ConstView<T> dy, ConstView<T> y, TensorView<T> dx) {
  check_shapes("softmax_grad", "y", y.shape, "dy", dy.shape);
  check_shapes("softmax_grad", "y", y.shape, "dx", dx.shape);
  for_row_blocks(y.shape, [&](index_t rows, index_t offset) {
    kernel_table<T>().softmax_grad(rows, y.shape.back(), dy.data + offset, y.data + offset,
                                   dx.data + offset);
  });
}

template <class T>
void log_softmax(ConstView<T> x, TensorView<T> y) {
  check_shapes("log_softmax", "x", x.shape, "y", y.shape);
  for_row_blocks(x.shape, [&](index_t rows, index_t offset) {
    kernel_table<T>().log_softmax(rows, x.shape.back(), x.data + offset, y.data + offset);
  });
}

template <class T>
void log_softmax_grad(ConstView<T> dy, ConstView<T> y, TensorView<T> dx) {
  check_shapes("log_softmax_grad", "y", y.shape, "dy", dy.shape);
  check_shapes("log_softmax_grad", "y", y.shape, "dx", dx.shape);
  for_row_blocks(y.shape, [&](index_t rows, index_t offset) {
    kernel_table<T>().log_softmax_grad(rows, y.shape.back(), dy.data + offset, y.data + offset,
                                       dx.data + offset);
  });
}

#define PYCNN_INSTANTIATE(T)                                                \
  template void softmax<T>(ConstView<T>, TensorView<T>);                    \
  template void softmax_grad<T>(ConstView<T>, ConstView<T>, TensorView<T>); \
  template void log_softmax<T>(ConstView<T>, TensorView<T>);                \
  template void log_softmax_grad<T>(ConstView<T>, ConstView<T>, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Metrics: counts and sums over blocks of rows, the blocks' results added in their order.
#include "pycnn/metric.hpp"

#include <algorithm>
#include <cmath>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t block_elements = index_t{1} << 13;

/// The first maximum of a row, or its first NaN.
template <class T>
index_t argmax(const T* x, index_t channels) {
  index_t best = 0;
  for (index_t c = 1; c < channels; ++c) {
    if (!(x[c] <= x[best]) && x[best] == x[best]) best = c;
  }
  return best;
}

/// The mean of element(i) over i < count; `size` numbers are read for each.
template <class Element>
double mean_of(index_t count, index_t size, const Element& element) {
  if (count == 0) return 0;
  const index_t block = std::max<index_t>(block_elements / std::max<index_t>(size, 1), 1);
  const index_t blocks = (count + block - 1) / block;
  const Scratch<double> sums(blocks);
  parallel_blocks(count, block, size * 2, [&](index_t begin, index_t end) {
    double sum = 0;
    for (index_t i = begin; i < end; ++i) sum += element(i);
    sums[begin / block] = sum;
  });
  double total = 0;
  for (index_t i = 0; i < blocks; ++i) total += sums[i];
  return total / static_cast<double>(count);
}

index_t check_rows(const Shape& output) {
  PYCNN_CHECK(
      output.rank() >= 1 && output.back() > 0,
      "[metric] output must have at least one class on its last axis; got output.shape=", output);
  return output.size() / output.back();
}

}  // namespace

Metric metric_from_name(const std::string& name) {
  if (name == "sparse_categorical_accuracy") return Metric::sparse_categorical_accuracy;
  if (name == "categorical_accuracy") return Metric::categorical_accuracy;
  if (name == "binary_accuracy") return Metric::binary_accuracy;
  if (name == "mean_squared_error") return Metric::mean_squared_error;
  if (name == "mean_absolute_error") return Metric::mean_absolute_error;
  throw std::invalid_argument(
      message("[metric] name must be one of sparse_categorical_accuracy, categorical_accuracy, "
              "binary_accuracy, mean_squared_error, mean_absolute_error; got name=",
              name));
}

template <class T>
double metric(Metric kind, ConstView<T> output, ConstView<T> target) {
  PYCNN_CHECK(target.shape == output.shape, "[metric] target must have the shape of output, ",
              output.shape, "; got target.shape=", target.shape);
  const auto difference = [&](index_t i) {
    return static_cast<double>(output.data[i]) - static_cast<double>(target.data[i]);
  };
  switch (kind) {
    case Metric::sparse_categorical_accuracy:
      break;
    case Metric::categorical_accuracy: {
      const index_t rows = check_rows(output.shape), channels = output.shape.back();
      return mean_of(rows, channels * 2, [&](index_t row) {
        return argmax(output.data + row * channels, channels) ==
                       argmax(target.data + row * channels, channels)
                   ? 1.0
                   : 0.0;
      });
    }
    case Metric::binary_accuracy:
      return mean_of(output.size(), 1, [&](index_t i) {
        const T predicted = output.data[i] > static_cast<T>(0.5) ? T{1} : T{0};
        return predicted == target.data[i] ? 1.0 : 0.0;
      });
    case Metric::mean_squared_error:
      return mean_of(output.size(), 1, [&](index_t i) { return difference(i) * difference(i); });
    case Metric::mean_absolute_error:
      return mean_of(output.size(), 1, [&](index_t i) { return std::fabs(difference(i)); });
  }
  throw std::invalid_argument(
      "[metric] target of sparse_categorical_accuracy must be integer labels; got real numbers");
}

template <class T>
double metric(Metric kind, ConstView<T> output, ConstView<std::int64_t> target) {
  PYCNN_CHECK(takes_labels(kind),
              "[metric] target must be real numbers, of output's shape; got integer labels");
  const index_t rows = check_rows(output.shape), channels = output.shape.back();
  Shape expected = output.shape;
  expected = Shape(expected.begin(), static_cast<std::size_t>(expected.rank() - 1));
  PYCNN_CHECK(target.shape == expected,
              "[metric] target must have output's shape without its last axis, ", expected,
              "; got target.shape=", target.shape);
  return mean_of(rows, channels, [&](index_t row) {
    return argmax(output.data + row * channels, channels) == target.data[row] ? 1.0 : 0.0;
  });
}

#define PYCNN_INSTANTIATE(T)                                     \
  template double metric<T>(Metric, ConstView<T>, ConstView<T>); \
  template double metric<T>(Metric, ConstView<T>, ConstView<std::int64_t>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

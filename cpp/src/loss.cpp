// Losses: checks, blocks of rows or numbers for the threads, and the tree that adds the blocks.
#include "pycnn/loss.hpp"

#include <algorithm>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t block_elements = index_t{1} << 12;
constexpr index_t cost = 24;

/// The sum as a balanced tree over the positions.
double pairwise_sum(const double* values, index_t count) {
  if (count == 0) return 0;
  if (count == 1) return values[0];
  const index_t half = count / 2;
  return pairwise_sum(values, half) + pairwise_sum(values + half, count - half);
}

/// The mean over `count` loss elements; body(begin, end) returns the sum of elements begin ... end.
template <class Body>
double mean_of(index_t count, index_t size, const Body& body) {
  if (count == 0) return 0;
  const index_t block = std::max<index_t>(block_elements / size, 1);
  const index_t blocks = (count + block - 1) / block;
  const Scratch<double> sums(blocks);
  parallel_blocks(count, block, size * cost,
                  [&](index_t begin, index_t end) { sums[begin / block] = body(begin, end); });
  return pairwise_sum(sums.data(), blocks) / static_cast<double>(count);
}

/// mean_of for kernels that leave one loss per row: kernel(begin, rows, losses).
template <class Kernel>
double mean_of_rows(index_t rows, index_t channels, const Kernel& kernel) {
  return mean_of(rows, channels, [&](index_t begin, index_t end) {
    const Scratch<double> losses(end - begin);
    kernel(begin, end - begin, losses.data());
    return pairwise_sum(losses.data(), end - begin);
  });
}

template <class T>
T* offset(T* pointer, index_t count) {
  return pointer ? pointer + count : nullptr;
}

void check_same(const char* op, const char* name, const Shape& shape, const char* output_name,
                const Shape& output) {
  PYCNN_CHECK(shape == output, "[", op, "] ", name, " must have the shape of ", output_name, ", ",
              output, "; got ", name, ".shape=", shape);
}

/// Checks the classes of `output` and returns the number of rows.
index_t check_rows(const char* op, const char* output_name, const Shape& output) {
  PYCNN_CHECK(output.rank() >= 1 && output.back() > 0, "[", op, "] ", output_name,
              " must have at least one class on its last axis; got ", output_name,
              ".shape=", output);
  return output.size() / output.back();
}

index_t check_labels(const char* op, const char* output_name, const Shape& output,
                     ConstView<std::int64_t> target) {
  const index_t rows = check_rows(op, output_name, output);
  const Shape expected(output.begin(), static_cast<std::size_t>(output.rank() - 1));
  PYCNN_CHECK(target.shape == expected, "[", op, "] target must have the shape of ", output_name,
              " without its last axis, ", expected, "; got target.shape=", target.shape);
  for (index_t row = 0; row < rows; ++row) {
    PYCNN_CHECK(target.data[row] >= 0 && target.data[row] < output.back(), "[", op,
                "] target must lie in 0 ... ", output.back() - 1, " for ", output.back(),
                " classes; got target=", target.data[row], " at position ", row);
  }
  return rows;
}

template <class T>
T scale_for(index_t count) {
  return static_cast<T>(1 / static_cast<double>(std::max<index_t>(count, 1)));
}

bool is_crossentropy(Loss kind) {
  return kind != Loss::mean_squared_error && kind != Loss::mean_absolute_error;
}

}  // namespace

Loss loss_from_name(const std::string& name) {
  if (name == "sparse_categorical_crossentropy") return Loss::sparse_categorical_crossentropy;
  if (name == "categorical_crossentropy") return Loss::categorical_crossentropy;
  if (name == "binary_crossentropy") return Loss::binary_crossentropy;
  if (name == "mean_squared_error") return Loss::mean_squared_error;
  if (name == "mean_absolute_error") return Loss::mean_absolute_error;
  throw std::invalid_argument(
      message("[loss] name must be one of sparse_categorical_crossentropy, "
              "categorical_crossentropy, binary_crossentropy, mean_squared_error, "
              "mean_absolute_error; got name=",
              name));
}

template <class T>
double loss(Loss kind, bool from_logits, ConstView<T> output, ConstView<T> target,
            TensorView<T> doutput) {
  PYCNN_CHECK(!takes_labels(kind),
              "[loss] target of sparse_categorical_crossentropy must be integer labels; got real "
              "numbers");
  PYCNN_CHECK(!from_logits || is_crossentropy(kind),
              "[loss] from_logits must be false for a loss that is no cross-entropy; got "
              "from_logits=true");
  check_same("loss", "target", target.shape, "output", output.shape);
  if (doutput) check_same("loss", "doutput", doutput.shape, "output", output.shape);

  const kernels::Table<T>& kernel = kernel_table<T>();
  if (kind == Loss::categorical_crossentropy) {
    const index_t rows = check_rows("loss", "output", output.shape);
    if (from_logits) return softmax_cross_entropy(output, target, TensorView<T>{}, doutput);
    const index_t channels = output.shape.back();
    return mean_of_rows(rows, channels, [&](index_t begin, index_t count, double* losses) {
      const index_t first = begin * channels;
      kernel.crossentropy(count, channels, output.data + first, target.data + first,
                          scale_for<T>(rows), offset(doutput.data, first), losses);
    });
  }
  const auto rule = kind == Loss::mean_squared_error    ? kernel.squared_error
                    : kind == Loss::mean_absolute_error ? kernel.absolute_error
                    : from_logits                       ? kernel.binary_crossentropy_logits
                                                        : kernel.binary_crossentropy;
  return mean_of(output.size(), 1, [&](index_t begin, index_t end) {
    double sum = 0;
    rule(end - begin, output.data + begin, target.data + begin, scale_for<T>(output.size()),
         offset(doutput.data, begin), &sum);
    return sum;
  });
}

template <class T>
double loss(Loss kind, bool from_logits, ConstView<T> output, ConstView<std::int64_t> target,
            TensorView<T> doutput) {
  PYCNN_CHECK(takes_labels(kind),
              "[loss] target must be real numbers, of output's shape; got integer labels");
  if (doutput) check_same("loss", "doutput", doutput.shape, "output", output.shape);
  const index_t rows = check_labels("loss", "output", output.shape, target);
  if (from_logits) return softmax_cross_entropy(output, target, TensorView<T>{}, doutput);
  const index_t channels = output.shape.back();
  return mean_of_rows(rows, channels, [&](index_t begin, index_t count, double* losses) {
    kernel_table<T>().label_crossentropy(count, channels, output.data + begin * channels,
                                         target.data + begin, scale_for<T>(rows),
                                         offset(doutput.data, begin * channels), losses);
  });
}

template <class T>
double softmax_cross_entropy(ConstView<T> logits, ConstView<T> target, TensorView<T> probabilities,
                             TensorView<T> dlogits) {
  constexpr const char* op = "softmax_cross_entropy";
  const index_t rows = check_rows(op, "logits", logits.shape);
  check_same(op, "target", target.shape, "logits", logits.shape);
  if (probabilities) {
    check_same(op, "probabilities", probabilities.shape, "logits", logits.shape);
  }
  if (dlogits) check_same(op, "dlogits", dlogits.shape, "logits", logits.shape);
  const index_t channels = logits.shape.back();
  return mean_of_rows(rows, channels, [&](index_t begin, index_t count, double* losses) {
    const index_t first = begin * channels;
    kernel_table<T>().crossentropy_logits(count, channels, logits.data + first, target.data + first,
                                          scale_for<T>(rows), offset(probabilities.data, first),
                                          offset(dlogits.data, first), losses);
  });
}

template <class T>
double softmax_cross_entropy(ConstView<T> logits, ConstView<std::int64_t> target,
                             TensorView<T> probabilities, TensorView<T> dlogits) {
  constexpr const char* op = "softmax_cross_entropy";
  const index_t rows = check_labels(op, "logits", logits.shape, target);
  if (probabilities) {
    check_same(op, "probabilities", probabilities.shape, "logits", logits.shape);
  }
  if (dlogits) check_same(op, "dlogits", dlogits.shape, "logits", logits.shape);
  const index_t channels = logits.shape.back();
  return mean_of_rows(rows, channels, [&](index_t begin, index_t count, double* losses) {
    const index_t first = begin * channels;
    kernel_table<T>().label_crossentropy_logits(
        count, channels, logits.data + first, target.data + begin, scale_for<T>(rows),
        offset(probabilities.data, first), offset(dlogits.data, first), losses);
  });
}

#define PYCNN_INSTANTIATE(T)                                                                     \
  template double loss<T>(Loss, bool, ConstView<T>, ConstView<T>, TensorView<T>);                \
  template double loss<T>(Loss, bool, ConstView<T>, ConstView<std::int64_t>, TensorView<T>);     \
  template double softmax_cross_entropy<T>(ConstView<T>, ConstView<T>, TensorView<T>,            \
                                           TensorView<T>);                                       \
  template double softmax_cross_entropy<T>(ConstView<T>, ConstView<std::int64_t>, TensorView<T>, \
                                           TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Rows of one period each, the shortest run of alphas that repeats; the slopes of a period are
// written out once. The sums for dalpha are cut into pieces of rows that depend on the shape only.
#include "pycnn/prelu.hpp"

#include <algorithm>
#include <array>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t run = 1 << 12;           // numbers worked on in one go, about
constexpr index_t column_block = 1 << 10;  // of the sums of one task
constexpr index_t piece_elements = 1 << 16;

/// x as rows of `period` numbers, and which alpha each number of a row has.
struct Periods {
  index_t period = 1, rows = 0;
  Shape x, alpha;
  index_t first = 0;  // the first axis of a sample along which alphas differ

  Periods(const char* op, const Shape& shape, const Shape& slopes) : x(shape), alpha(slopes) {
    const index_t rank = x.rank() - 1;
    bool fits = rank >= 1 && alpha.rank() == rank;
    for (index_t i = 0; fits && i < rank; ++i) fits = alpha[i] == x[i + 1] || alpha[i] == 1;
    PYCNN_CHECK(fits, "[", op, "] alpha must have the axes of a sample of x, ", x,
                ", each with its extent or 1; got alpha.shape=", alpha);
    while (first < rank && alpha[first] == 1) ++first;
    for (index_t i = first; i < rank; ++i) period *= x[i + 1];
    rows = period > 0 ? x.size() / period : 0;
  }

  /// Calls body(place in a period, number of the alpha) for each place.
  template <class Body>
  void for_each_place(const Body& body) const {
    const index_t rank = alpha.rank();
    std::array<index_t, Shape::max_rank> at{};
    index_t slope = 0;
    for (index_t place = 0; place < period; ++place) {
      body(place, slope);
      index_t stride = 1;
      for (index_t axis = rank - 1; axis >= first; --axis) {
        const index_t step = alpha[axis] == 1 ? 0 : stride;
        stride *= alpha[axis];
        index_t& position = at[static_cast<std::size_t>(axis)];
        slope += step;
        if (++position < x[axis + 1]) break;
        slope -= position * step;
        position = 0;
      }
    }
  }
};

/// Calls body(offset, count, slopes of those numbers) for runs of whole periods, or of parts of
/// one where it is long.
template <class T, class Body>
void for_each_run(const Periods& periods, const T* alpha, const Body& body) {
  if (periods.rows == 0 || periods.period == 0) return;
  const index_t period = periods.period;
  const index_t repeats = std::max<index_t>(std::min(run / period, periods.rows), 1);
  const Scratch<T> slopes(repeats * period);
  periods.for_each_place([&](index_t place, index_t slope) { slopes[place] = alpha[slope]; });
  for (index_t i = 1; i < repeats; ++i) {
    std::copy_n(slopes.data(), period, slopes.data() + i * period);
  }
  const index_t length = std::min(repeats * period, run), size = periods.x.size();
  const index_t runs_per_repeat = (repeats * period + length - 1) / length;
  const index_t all = (size + repeats * period - 1) / (repeats * period) * runs_per_repeat;
  parallel_blocks(all, 1, length, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) {
      const index_t within = i % runs_per_repeat * length;
      const index_t offset = i / runs_per_repeat * repeats * period + within;
      const index_t count = std::min({length, repeats * period - within, size - offset});
      body(offset, count, slopes.data() + within);
    }
  });
}

/// dalpha in double precision: pieces of rows, each column of each piece summed in order.
template <class T>
void sum_slopes(const Periods& periods, const T* dy, const T* x, const TensorView<T>& dalpha) {
  const index_t period = periods.period, rows = periods.rows, slopes = dalpha.size();
  const Scratch<double> total(std::max<index_t>(slopes, 1));
  std::fill_n(total.data(), slopes, 0.0);
  if (rows > 0 && period > 0) {
    const index_t least = std::max<index_t>(piece_elements / std::min(period, column_block), 1);
    const index_t pieces = std::min<index_t>((rows + least - 1) / least, 64);
    const index_t piece = (rows + pieces - 1) / pieces;
    const index_t blocks = (period + column_block - 1) / column_block;
    const Scratch<double> sums(pieces * period);
    parallel_blocks(pieces * blocks, 1, piece * std::min(period, column_block),
                    [&](index_t begin, index_t end) {
                      for (index_t task = begin; task < end; ++task) {
                        const index_t first_row = std::min(task / blocks * piece, rows);
                        const index_t column = task % blocks * column_block;
                        const index_t width = std::min(column_block, period - column);
                        const index_t at = first_row * period + column;
                        double* const sum = sums.data() + task / blocks * period + column;
                        std::fill_n(sum, width, 0.0);
                        kernel_table<T>().prelu_sums(std::min(piece, rows - first_row), width,
                                                     period, dy + at, x + at, sum);
                      }
                    });
    for (index_t i = 0; i < pieces; ++i) {
      const double* const sum = sums.data() + i * period;
      periods.for_each_place([&](index_t place, index_t slope) { total[slope] += sum[place]; });
    }
  }
  for (index_t i = 0; i < slopes; ++i) dalpha.data[i] = static_cast<T>(total[i]);
}

}  // namespace

template <class T>
void prelu(ConstView<T> x, ConstView<T> alpha, TensorView<T> y) {
  const Periods periods("prelu", x.shape, alpha.shape);
  PYCNN_CHECK(y.shape == x.shape, "[prelu] y must have the shape of x, ", x.shape,
              "; got y.shape=", y.shape);
  for_each_run(periods, alpha.data, [&](index_t at, index_t count, const T* slopes) {
    kernel_table<T>().prelu(count, x.data + at, slopes, y.data + at);
  });
}

template <class T>
void prelu_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> alpha, TensorView<T> dx,
                TensorView<T> dalpha) {
  const Periods periods("prelu_grad", x.shape, alpha.shape);
  PYCNN_CHECK(dy.shape == x.shape, "[prelu_grad] dy must have the shape of x, ", x.shape,
              "; got dy.shape=", dy.shape);
  PYCNN_CHECK(!dx || dx.shape == x.shape, "[prelu_grad] dx must have the shape of x, ", x.shape,
              "; got dx.shape=", dx.shape);
  PYCNN_CHECK(!dalpha || dalpha.shape == alpha.shape,
              "[prelu_grad] dalpha must have the shape of alpha, ", alpha.shape,
              "; got dalpha.shape=", dalpha.shape);
  if (dalpha) sum_slopes(periods, dy.data, x.data, dalpha);
  if (!dx) return;
  for_each_run(periods, alpha.data, [&](index_t at, index_t count, const T* slopes) {
    kernel_table<T>().prelu_grad(count, dy.data + at, x.data + at, slopes, dx.data + at);
  });
}

#define PYCNN_INSTANTIATE(T)                                                           \
  template void prelu<T>(ConstView<T>, ConstView<T>, TensorView<T>);                   \
  template void prelu_grad<T>(ConstView<T>, ConstView<T>, ConstView<T>, TensorView<T>, \
                              TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

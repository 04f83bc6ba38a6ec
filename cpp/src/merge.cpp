// Merging operations: stretches of the output, of which every input gives its numbers.
#include "pycnn/merge.hpp"

#include "broadcast.hpp"
#include "check.hpp"

namespace pycnn {
namespace {

using broadcast::Axes;
using broadcast::axes_of;
using broadcast::Operand;
using broadcast::stretch;

constexpr const char* names[] = {"add", "subtract", "multiply", "average", "maximum", "minimum"};

/// Working memory of a task: three operands.
template <class T>
struct Buffers {
  Scratch<T> result{stretch}, operand{stretch}, prefix{stretch};
};

template <class T>
void combine(Merge kind, index_t count, const T* a, const T* b, T* y) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  switch (kind) {
    case Merge::add:
    case Merge::average:
      return kernel.add(count, a, b, y);
    case Merge::subtract:
      return kernel.subtract(count, a, b, y);
    case Merge::multiply:
      return kernel.multiply(count, a, b, y);
    case Merge::maximum:
      return kernel.maximum(count, a, b, y);
    case Merge::minimum:
      return kernel.minimum(count, a, b, y);
  }
}

/// What all inputs of a call give for a stretch of the output.
template <class T>
class Merger {
 public:
  Merger(Merge kind, const std::vector<ConstView<T>>& x, const Shape& output) : kind_(kind) {
    for (const ConstView<T>& each : x) {
      operands_.emplace_back(each.data, axes_of(each.shape, output));
    }
  }

  const Operand<T>& operand(std::size_t i) const { return operands_[i]; }
  index_t cost() const { return static_cast<index_t>(operands_.size()); }

  /// y = the first `inputs` of them, combined, which may be `y` itself or lie in an input. y is
  /// written last of all, as it may lie on the first input and that be an input once more.
  const T* fold(std::size_t inputs, index_t begin, index_t count, const Buffers<T>& buffers,
                T* y) const {
    const T* sum = operands_[0].range(begin, count, buffers.prefix.data());
    for (std::size_t i = 1; i < inputs; ++i) {
      const T* const b = operands_[i].range(begin, count, buffers.operand.data());
      T* const to = i + 1 == inputs ? y : buffers.prefix.data();
      combine(kind_, count, sum, b, to);
      sum = to;
    }
    return sum;
  }

  /// dy times the derivative to input i, not yet summed over what that is repeated for: dy itself,
  /// or written to `dx`, which may lie on dy.
  const T* gradient(std::size_t i, const T* dy, index_t begin, index_t count,
                    const Buffers<T>& buffers, T* dx) const {
    const kernels::Table<T>& kernel = kernel_table<T>();
    const T* g = dy + begin;
    switch (kind_) {
      case Merge::add:
        return g;
      case Merge::subtract:
      case Merge::average: {
        if (kind_ == Merge::subtract && i == 0) return g;
        const T divisor = kind_ == Merge::subtract ? T{-1} : static_cast<T>(operands_.size());
        kernel.divide(count, divisor, g, dx);
        return dx;
      }
      case Merge::multiply:
        for (std::size_t j = 0; j < operands_.size(); ++j) {
          if (j == i) continue;
          kernel.multiply(count, g, operands_[j].range(begin, count, buffers.operand.data()), dx);
          g = dx;
        }
        return g;
      case Merge::maximum:
      case Merge::minimum: {
        const auto share = kind_ == Merge::maximum ? kernel.maximum_grad : kernel.minimum_grad;
        // Back from the last pair to the one in which input i was taken.
        for (std::size_t j = operands_.size() - 1; j >= std::max(i, std::size_t{1}); --j) {
          const T* const before = fold(j, begin, count, buffers, buffers.prefix.data());
          const T* const x = operands_[j].range(begin, count, buffers.operand.data());
          j == i ? share(count, g, x, before, dx) : share(count, g, before, x, dx);
          g = dx;
        }
        return g;
      }
    }
    return g;
  }

 private:
  Merge kind_;
  std::vector<Operand<T>> operands_;
};

template <class T>
void move(const T* from, index_t count, T* to) {
  if (from != to) std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
}

}  // namespace

const char* merge_name(Merge kind) { return names[static_cast<int>(kind)]; }

Merge merge_from_name(const std::string& name) {
  for (Merge kind : {Merge::add, Merge::subtract, Merge::multiply, Merge::average, Merge::maximum,
                     Merge::minimum}) {
    if (name == merge_name(kind)) return kind;
  }
  throw std::invalid_argument(
      message("[merge] name must be one of add, subtract, multiply, average, maximum, minimum; ",
              "got name=", name));
}

Shape merge_output_shape(Merge kind, const std::vector<Shape>& inputs) {
  const char* const name = merge_name(kind);
  if (kind == Merge::subtract) {
    PYCNN_CHECK(inputs.size() == 2, "[subtract] there must be two inputs; got ", inputs.size());
  }
  PYCNN_CHECK(!inputs.empty(), "[", name, "] there must be at least one of the inputs; got 0");
  index_t rank = 0;
  for (const Shape& shape : inputs) rank = std::max(rank, shape.rank());
  std::vector<index_t> extents(static_cast<std::size_t>(rank), 1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Shape& shape = inputs[i];
    for (index_t axis = 0; axis < shape.rank(); ++axis) {
      index_t& extent = extents[static_cast<std::size_t>(rank - shape.rank() + axis)];
      if (extent == 1) extent = shape[axis];
      if (extent == shape[axis] || shape[axis] == 1) continue;
      std::string all;
      for (const Shape& each : inputs) all += (all.empty() ? "" : ", ") + each.to_string();
      throw std::invalid_argument(
          message("[", name, "] inputs must have equal sizes, or 1, along each axis, aligned at ",
                  "the last; got shapes ", all));
    }
  }
  return output_shape(name, extents);
}

template <class T>
void merge(Merge kind, const std::vector<ConstView<T>>& x, TensorView<T> y) {
  const Shape shape = merge_output_shape(kind, shapes_of(x));
  PYCNN_CHECK(y.shape == shape, "[", merge_name(kind), "] y must have shape ", shape,
              "; got y.shape=", y.shape);
  if (y.size() == 0) return;
  const Merger<T> merger(kind, x, shape);
  parallel_blocks(y.size(), stretch, merger.cost(), [&](index_t begin, index_t end) {
    const Buffers<T> buffers;
    const index_t count = end - begin;
    T* const to = y.data + begin;
    move(merger.fold(x.size(), begin, count, buffers, to), count, to);
    if (kind == Merge::average) {
      kernel_table<T>().divide(count, static_cast<T>(x.size()), to, to);
    }
  });
}

template <class T>
void merge_grad(Merge kind, ConstView<T> dy, const std::vector<ConstView<T>>& x,
                const std::vector<TensorView<T>>& dx) {
  const Shape shape = merge_output_shape(kind, shapes_of(x));
  PYCNN_CHECK(dy.shape == shape, "[", merge_name(kind), "_grad] dy must have the output's shape, ",
              shape, "; got dy.shape=", dy.shape);
  PYCNN_CHECK(shapes_of(dx) == shapes_of(x), "[", merge_name(kind),
              "_grad] dx must have the shapes of the inputs; got others");
  const Merger<T> merger(kind, x, shape);
  // The first comes last: it may lie on dy.
  for (std::size_t i = dx.size(); i-- > 0;) {
    T* const to = dx[i].data;
    if (!to) continue;
    if (dy.size() == 0) {
      std::fill_n(to, dx[i].size(), T{0});
    } else if (merger.operand(i).repeats()) {
      broadcast::sum_repeated<T, Buffers<T>>(
          axes_of(dx[i].shape, shape), merger.cost(),
          [&](index_t begin, index_t count, const Buffers<T>& buffers) {
            return merger.gradient(i, dy.data, begin, count, buffers, buffers.result.data());
          },
          to);
    } else {
      parallel_blocks(dy.size(), stretch, merger.cost(), [&](index_t begin, index_t end) {
        const Buffers<T> buffers;
        const index_t count = end - begin;
        move(merger.gradient(i, dy.data, begin, count, buffers, to + begin), count, to + begin);
      });
    }
  }
}

#define PYCNN_INSTANTIATE(T)                                                         \
  template void merge<T>(Merge, const std::vector<ConstView<T>>&, TensorView<T>);    \
  template void merge_grad<T>(Merge, ConstView<T>, const std::vector<ConstView<T>>&, \
                              const std::vector<TensorView<T>>&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

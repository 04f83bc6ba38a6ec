// Concatenation: runs of numbers, copied as such.
#include <cstring>

#include "check.hpp"
#include "concatenation.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 14;  // numbers a task copies, about

index_t axis_from_first(index_t rank, index_t axis) {
  PYCNN_CHECK(axis >= -rank && axis < rank, "[concatenate] axis must be one of the ", rank,
              " axes of the inputs; got axis=", axis);
  return axis < 0 ? axis + rank : axis;
}

index_t product(const Shape& shape, index_t first, index_t end) {
  index_t product = 1;
  for (index_t axis = first; axis < end; ++axis) product *= shape[axis];
  return product;
}

/// A matrix (rows, width) whose rows are `step` numbers apart.
template <class T>
struct Rows {
  T* data;
  index_t step;
};

/// Rows of few numbers, for which calls of memcpy would cost more than what they copy.
template <index_t width, class T>
void copy_narrow(index_t first, index_t end, Rows<const T> from, Rows<T> to) {
  for (index_t row = first; row < end; ++row) {
    for (index_t j = 0; j < width; ++j) to.data[row * to.step + j] = from.data[row * from.step + j];
  }
}

template <class T>
void copy(index_t rows, index_t width, Rows<const T> from, Rows<T> to) {
  if (rows == 0 || width == 0) return;
  const index_t columns = std::min(width, block), cuts = (width + block - 1) / block;
  const index_t height = std::max(block / columns, index_t{1});
  const index_t blocks = (rows + height - 1) / height;
  parallel_for(blocks * cuts, rows * width, [&](index_t task) {
    const index_t first = task / cuts * height, last = std::min(rows, first + height);
    const index_t j = task % cuts * columns, count = std::min(columns, width - j);
    if (width == 1) return copy_narrow<1>(first, last, from, to);
    if (width == 2) return copy_narrow<2>(first, last, from, to);
    if (width == 3) return copy_narrow<3>(first, last, from, to);
    if (width == 4) return copy_narrow<4>(first, last, from, to);
    for (index_t row = first; row < last; ++row) {
      std::memcpy(to.data + row * to.step + j, from.data + row * from.step + j,
                  static_cast<std::size_t>(count) * sizeof(T));
    }
  });
}

template <class View>
auto pointers_of(const std::vector<View>& views) {
  std::vector<decltype(View::data)> pointers;
  for (const View& view : views) pointers.push_back(view.data);
  return pointers;
}

}  // namespace

Concatenation::Concatenation(const std::vector<Shape>& inputs, index_t axis) {
  axis = axis_from_first(inputs[0].rank(), axis);
  runs_ = product(inputs[0], 0, axis);
  for (const Shape& input : inputs) {
    widths_.push_back(product(input, axis, input.rank()));
    step_ += widths_.back();
  }
}

template <class T>
void Concatenation::join(index_t count, const std::vector<const T*>& x, T* y) const {
  for (std::size_t i = 0; i < widths_.size(); y += widths_[i++]) {
    copy<T>(count * runs_, widths_[i], {x[i], widths_[i]}, {y, step_});
  }
}

template <class T>
void Concatenation::split(index_t count, const T* dy, const std::vector<T*>& dx) const {
  for (std::size_t i = 0; i < widths_.size(); dy += widths_[i++]) {
    if (dx[i]) copy<T>(count * runs_, widths_[i], {dy, step_}, {dx[i], widths_[i]});
  }
}

Shape concatenate_output_shape(const std::vector<Shape>& inputs, index_t axis) {
  PYCNN_CHECK(!inputs.empty(), "[concatenate] there must be at least one of the inputs; got 0");
  Shape shape = inputs[0];
  axis = axis_from_first(shape.rank(), axis);
  index_t extent = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    bool same = inputs[i].rank() == shape.rank();
    for (index_t other = 0; same && other < shape.rank(); ++other) {
      same = other == axis || inputs[i][other] == shape[other];
    }
    PYCNN_CHECK(same, "[concatenate] inputs must have equal shapes but along axis ", axis,
                "; got shape ", inputs[0], " of inputs[0] and ", inputs[i], " of inputs[", i, "]");
    PYCNN_CHECK(!__builtin_add_overflow(extent, inputs[i][axis], &extent),
                "[concatenate] extents of the inputs along axis ", axis,
                " must add up to 64 bits; got more after inputs[", i, "]");
  }
  shape.set(axis, extent);
  return shape;
}

template <class T>
void concatenate(const std::vector<ConstView<T>>& x, index_t axis, TensorView<T> y) {
  const std::vector<Shape> shapes = shapes_of(x);
  const Shape shape = concatenate_output_shape(shapes, axis);
  PYCNN_CHECK(y.shape == shape, "[concatenate] y must have shape ", shape,
              "; got y.shape=", y.shape);
  Concatenation(shapes, axis).join<T>(1, pointers_of(x), y.data);
}

template <class T>
void concatenate_grad(ConstView<T> dy, index_t axis, const std::vector<TensorView<T>>& dx) {
  const std::vector<Shape> shapes = shapes_of(dx);
  const Shape shape = concatenate_output_shape(shapes, axis);
  PYCNN_CHECK(dy.shape == shape, "[concatenate_grad] dy must have the shape of the output, ", shape,
              "; got dy.shape=", dy.shape);
  Concatenation(shapes, axis).split<T>(1, dy.data, pointers_of(dx));
}

#define PYCNN_INSTANTIATE(T)                                                              \
  template void Concatenation::join<T>(index_t, const std::vector<const T*>&, T*) const;  \
  template void Concatenation::split<T>(index_t, const T*, const std::vector<T*>&) const; \
  template void concatenate<T>(const std::vector<ConstView<T>>&, index_t, TensorView<T>); \
  template void concatenate_grad<T>(ConstView<T>, index_t, const std::vector<TensorView<T>>&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Shapes and tensor views: the one memory layout of pycnn, stated here only.
//
// A tensor is contiguous, row-major and channels-last: (N, W, C), (N, H, W, C), (N, D, H, W, C).
// Views do not own; whoever calls an operation allocates its outputs. Letters used everywhere:
// N batch; D, H, W input extent; OD, OH, OW output extent; C input channels; F filters;
// KD, KH, KW kernel extent. A gradient is `d` + the name: dy, dx, dkernel.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

namespace pycnn {

using index_t = std::int64_t;

/// Product of two sizes; throws std::invalid_argument when it does not fit 64 bits.
index_t checked_multiply(index_t a, index_t b);

/// Up to eight extents, none negative.
class Shape {
 public:
  static constexpr index_t max_rank = 8;

  Shape() = default;
  Shape(std::initializer_list<index_t> extents) : Shape(extents.begin(), extents.size()) {}
  Shape(const index_t* extents, std::size_t rank);

  index_t rank() const { return rank_; }
  index_t operator[](index_t axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  index_t back() const { return (*this)[rank_ - 1]; }
  const index_t* begin() const { return extents_.data(); }
  const index_t* end() const { return extents_.data() + rank_; }

  void push_back(index_t extent);
  void set(index_t axis, index_t extent);

  /// Number of elements. It fits 64 bits even with every element counted in bytes.
  index_t size() const { return size_; }

  /// The shape without its first axis: of one sample of a batch.
  Shape sample() const { return Shape(extents_.data() + 1, static_cast<std::size_t>(rank_ - 1)); }
  /// The shape with a batch axis in front.
  Shape batch(index_t count) const;

  bool operator==(const Shape& other) const;
  bool operator!=(const Shape& other) const { return !(*this == other); }
  std::string to_string() const;

 private:
  void update_size();

  std::array<index_t, max_rank> extents_{};
  index_t rank_ = 0;
  index_t size_ = 1;
};

/// Pointer and shape. `TensorView<const T>` is read-only; a writable view converts to it.
template <class T>
struct TensorView {
  T* data = nullptr;
  Shape shape;

  TensorView() = default;
  TensorView(T* pointer, const Shape& extents) : data(pointer), shape(extents) {}
  template <class U, class = std::enable_if_t<std::is_same_v<const U, T>>>
  TensorView(const TensorView<U>& other) : data(other.data), shape(other.shape) {}

  index_t size() const { return shape.size(); }
  explicit operator bool() const { return data != nullptr; }
};

template <class T>
using ConstView = TensorView<const T>;

}  // namespace pycnn

// Tensors that own their numbers, filled with what tests need: small integers, on which float32
// sums are exact in any order, real numbers, or NaN, which shows up wherever an output stays
// unwritten. All are functions of a seed.
#pragma once

#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "pycnn/network.hpp"
#include "pycnn/tensor.hpp"

namespace pycnn::test {

template <class T>
struct Tensor {
  Shape shape;
  std::vector<T> values;

  explicit Tensor(const Shape& extents, T fill = std::numeric_limits<T>::quiet_NaN())
      : shape(extents), values(static_cast<std::size_t>(extents.size()), fill) {}

  TensorView<T> view() { return {values.data(), shape}; }
  ConstView<T> view() const { return {values.data(), shape}; }
  ConstView<T> read() const { return {values.data(), shape}; }
  T& operator[](index_t i) { return values[static_cast<std::size_t>(i)]; }
  const T& operator[](index_t i) const { return values[static_cast<std::size_t>(i)]; }
};

/// Integers of [-limit, limit].
template <class T>
Tensor<T> integers(const Shape& shape, int limit, std::uint32_t seed) {
  std::mt19937 random(seed);
  Tensor<T> tensor(shape);
  const auto count = static_cast<std::uint32_t>(2 * limit + 1);
  for (T& value : tensor.values) value = static_cast<T>(static_cast<int>(random() % count) - limit);
  return tensor;
}

/// Numbers of [-1, 1).
template <class T>
Tensor<T> reals(const Shape& shape, std::uint32_t seed) {
  std::mt19937 random(seed);
  Tensor<T> tensor(shape);
  for (T& value : tensor.values) value = static_cast<T>(random()) * static_cast<T>(0x1p-31) - 1;
  return tensor;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size() || a.empty()) return a.size() == b.size();
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// The rows of a tensor, its first axis, as a network takes them.
template <class T>
BatchSource rows_of(const Tensor<T>& tensor) {
  const DataType type = sizeof(T) == 4 ? DataType::float32 : DataType::float64;
  return {tensor.values.data(), type, tensor.shape[0], tensor.shape.sample().size()};
}
template <class T>
std::vector<BatchSource> rows_of(const std::vector<Tensor<T>>& tensors) {
  std::vector<BatchSource> sources;
  for (const Tensor<T>& tensor : tensors) sources.push_back(rows_of(tensor));
  return sources;
}
inline BatchSource rows_of(const std::vector<std::int64_t>& labels) {
  return {labels.data(), DataType::int64, static_cast<index_t>(labels.size()), 1};
}

}  // namespace pycnn::test

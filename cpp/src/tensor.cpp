// Shapes: construction, checked sizes, printing.
#include "pycnn/tensor.hpp"

#include "check.hpp"

namespace pycnn {

index_t checked_multiply(index_t a, index_t b) {
  index_t product = 0;
  PYCNN_CHECK(!__builtin_mul_overflow(a, b, &product),
              "[shape] a product of sizes must fit 64 bits; got ", a, " * ", b);
  return product;
}

Shape::Shape(const index_t* extents, std::size_t rank) {
  PYCNN_CHECK(rank <= static_cast<std::size_t>(max_rank), "[shape] rank must be at most ", max_rank,
              "; got rank=", rank);
  rank_ = static_cast<index_t>(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) extents_[axis] = extents[axis];
  update_size();
}

void Shape::push_back(index_t extent) {
  PYCNN_CHECK(rank_ < max_rank, "[shape] rank must be at most ", max_rank,
              "; got rank=", rank_ + 1);
  extents_[static_cast<std::size_t>(rank_++)] = extent;
  update_size();
}

void Shape::set(index_t axis, index_t extent) {
  extents_[static_cast<std::size_t>(axis)] = extent;
  update_size();
}

Shape Shape::batch(index_t count) const {
  Shape result{count};
  for (index_t extent : *this) result.push_back(extent);
  return result;
}

void Shape::update_size() {
  index_t product = 1;
  bool empty = false;
  for (index_t extent : *this) {
    PYCNN_CHECK(extent >= 0, "[shape] extents must not be negative; got shape=", to_string());
    if (extent == 0) {
      empty = true;
    } else {
      product = checked_multiply(product, extent);
    }
  }
  checked_multiply(product, static_cast<index_t>(sizeof(double)));
  size_ = empty ? 0 : product;
}

bool Shape::operator==(const Shape& other) const {
  if (rank_ != other.rank_) return false;
  for (index_t axis = 0; axis < rank_; ++axis) {
    if ((*this)[axis] != other[axis]) return false;
  }
  return true;
}

std::string Shape::to_string() const {
  std::string text = "(";
  for (index_t axis = 0; axis < rank_; ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string((*this)[axis]);
  }
  return text + (rank_ == 1 ? ",)" : ")");
}

}  // namespace pycnn

// The one way to refuse an argument: std::invalid_argument("[op] what must hold; got name=value").
// The message is built only when the condition fails.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

inline std::ostream& operator<<(std::ostream& stream, const Shape& shape) {
  return stream << shape.to_string();
}

template <class... Parts>
std::string message(const Parts&... parts) {
  std::ostringstream stream;
  (stream << ... << parts);
  return stream.str();
}

}  // namespace pycnn

#define PYCNN_CHECK(condition, ...)                                               \
  do {                                                                            \
    if (!(condition)) throw std::invalid_argument(::pycnn::message(__VA_ARGS__)); \
  } while (false)

namespace pycnn {

/// The shape of an operation's output, whose number of bytes must fit 64 bits.
inline Shape output_shape(const char* op, const std::vector<index_t>& extents) {
  index_t bytes = sizeof(double);
  for (index_t extent : extents) {
    if (!__builtin_mul_overflow(bytes, extent > 0 ? extent : 1, &bytes)) continue;
    std::string text;
    for (index_t each : extents) text += (text.empty() ? "" : ", ") + std::to_string(each);
    throw std::invalid_argument(
        message("[", op, "] the output's size must stay below 2^60 elements; got output shape (",
                text, ")"));
  }
  return Shape(extents.data(), extents.size());
}

template <class View>
std::vector<Shape> shapes_of(const std::vector<View>& views) {
  std::vector<Shape> shapes;
  for (const View& view : views) shapes.push_back(view.shape);
  return shapes;
}

}  // namespace pycnn

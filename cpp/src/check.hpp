// The one way to refuse an argument: std::invalid_argument("[op] what must hold; got name=value").
// The message is built only when the condition fails.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

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

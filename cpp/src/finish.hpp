// What the kernels of convolutions are told of an epilogue.
#pragma once

#include "pycnn/epilogue.hpp"
#include "runtime.hpp"

namespace pycnn {

/// Whether there is something to do behind sum, bias and relu.
template <class T>
bool finishes(const Epilogue<T>* epilogue) {
  return epilogue && (epilogue->centre || epilogue->addend);
}

/// For the columns of `destination` from `column` on.
template <class T>
kernels::Finish<T> finish_at(const Epilogue<T>& epilogue, const T* destination, index_t column) {
  const auto part = [&](const T* from) { return from ? from + column : nullptr; };
  return {part(epilogue.centre), part(epilogue.scale), part(epilogue.shift),
          epilogue.addend,       destination,          static_cast<T>(epilogue.max_value)};
}

}  // namespace pycnn

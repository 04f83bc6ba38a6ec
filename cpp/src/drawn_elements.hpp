// Elements of a tensor by the Philox blocks that they draw from, four to a block.
#pragma once

#include <algorithm>
#include <cstdint>

#include "parallel.hpp"

namespace pycnn {

/// Of a batch, before a part of it of this shape.
inline index_t elements_before(index_t first_sample, const Shape& shape) {
  return shape.size() == 0 || shape.rank() == 0 ? 0 : first_sample * (shape.size() / shape[0]);
}

/// Calls kernel(count, Philox block, x, y) for pieces of `size` elements of x and y, of which the
/// first is element `first` of the tensor whose numbers are drawn. x and y may be the same memory.
template <class X, class Y, class Kernel>
void for_drawn_elements(index_t first, index_t size, index_t block, index_t cost, const X* x, Y* y,
                        const Kernel& kernel) {
  // Some elements share their Philox block with those before the first.
  const index_t lead = first % 4, head = lead == 0 ? 0 : std::min(size, 4 - lead);
  if (head > 0) {
    X in[4] = {};
    Y out[4];
    std::copy_n(x, head, in + lead);
    kernel(lead + head, static_cast<std::uint64_t>(first / 4), in, out);
    std::copy_n(out + lead, head, y);
  }
  parallel_blocks(size - head, block, cost, [&](index_t begin, index_t end) {
    kernel(end - begin, static_cast<std::uint64_t>((first + head + begin) / 4), x + head + begin,
           y + head + begin);
  });
}

}  // namespace pycnn

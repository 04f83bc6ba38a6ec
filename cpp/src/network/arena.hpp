// Where buffers with known lives lie in one block of memory.
#pragma once

#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

inline constexpr index_t arena_alignment = 64;  // bytes

/// Some bytes that are needed from one point in time to another.
struct ArenaBuffer {
  static constexpr index_t never = -1;

  index_t bytes = 0;
  index_t first = never;
  index_t last = never;
  index_t offset = never;

  void use(index_t time);
};

/// Gives an offset to each buffer that is used at all, such that no two meet in time and place;
/// returns the bytes of the arena.
index_t place_in_arena(std::vector<ArenaBuffer>& buffers);

}  // namespace pycnn

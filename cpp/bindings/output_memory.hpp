// Memory of large new arrays: 64-byte aligned, and kept for the next one when the array is gone.
//
// The system takes back large blocks when they are freed and gives out zeroed pages for the next,
// which costs more than most operations do. At most `most_kept` bytes are kept, the last given
// back.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <mutex>
#include <vector>

#include "../src/scratch.hpp"

namespace pycnn::bindings {

class OutputMemory {
 public:
  /// Smaller arrays are NumPy's own.
  static constexpr std::size_t least = std::size_t{1} << 18;
  static constexpr std::size_t most_kept = std::size_t{128} << 20;

  struct Block {
    AlignedMemory memory;
    std::size_t size;
  };

  /// Memory of at least that many bytes, and the owner that gives it back at its end.
  static std::pair<void*, pybind11::capsule> take(std::size_t bytes);

 private:
  static OutputMemory& instance();
  Block find_or_allocate(std::size_t bytes);
  void keep(Block block);

  std::mutex lock_;
  std::vector<Block> kept_;  // the oldest first
  std::size_t kept_bytes_ = 0;
};

}  // namespace pycnn::bindings

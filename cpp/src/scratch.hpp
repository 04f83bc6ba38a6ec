// Working memory of one thread, taken and given back like a stack.
//
// A Scratch block is 64-byte aligned and lives until the end of its scope. The thread keeps the
// memory, so that a steady state allocates nothing. Contents are undefined.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

struct AlignedDelete {
  void operator()(std::byte* memory) const;
};
using AlignedMemory = std::unique_ptr<std::byte, AlignedDelete>;

/// 64-byte aligned memory; throws std::bad_alloc.
AlignedMemory allocate_aligned(std::size_t bytes);

class ScratchStack {
 public:
  static ScratchStack& of_this_thread();

  std::byte* take(std::size_t bytes);
  void give_back(std::size_t bytes);

 private:
  struct Chunk {
    AlignedMemory memory;
    std::size_t size = 0;
    std::size_t used = 0;
  };
  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
  std::size_t next_size_ = std::size_t{1} << 16;
};

template <class T>
class Scratch {
 public:
  explicit Scratch(index_t count)
      : bytes_((static_cast<std::size_t>(count) * sizeof(T) + 63) / 64 * 64),
        stack_(ScratchStack::of_this_thread()),
        data_(reinterpret_cast<T*>(stack_.take(bytes_))) {}
  ~Scratch() { stack_.give_back(bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() const { return data_; }
  T& operator[](index_t i) const { return data_[i]; }

 private:
  std::size_t bytes_;
  ScratchStack& stack_;
  T* data_;
};

}  // namespace pycnn

// The per-thread stack behind Scratch: a list of chunks that never move while something lies in
// them; dropped for one of their total size once the stack is empty, so that it settles at a single
// chunk.
#include "scratch.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

namespace pycnn {
namespace {

/// Asks for huge pages where there is room for two or more: long panels would miss the small
/// pages' translations. What is not granted is not missed.
void advise_huge_pages(std::byte* memory, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::size_t page = 4096, worth = std::size_t{4} << 20;
  if (bytes < worth) return;
  const std::size_t skipped = (page - reinterpret_cast<std::uintptr_t>(memory) % page) % page;
  madvise(memory + skipped, (bytes - skipped) / page * page, MADV_HUGEPAGE);
#endif
}

}  // namespace

void AlignedDelete::operator()(std::byte* memory) const {
  ::operator delete(memory, std::align_val_t{64});
}

AlignedMemory allocate_aligned(std::size_t bytes) {
  AlignedMemory memory(static_cast<std::byte*>(::operator new(bytes, std::align_val_t{64})));
  advise_huge_pages(memory.get(), bytes);
  return memory;
}

ScratchStack& ScratchStack::of_this_thread() {
  thread_local ScratchStack stack;
  return stack;
}

std::byte* ScratchStack::take(std::size_t bytes) {
  std::size_t fitting = current_;
  while (fitting < chunks_.size() && chunks_[fitting].size - chunks_[fitting].used < bytes) {
    ++fitting;
  }
  if (fitting == chunks_.size()) {
    const std::size_t size = std::max(next_size_, bytes);
    chunks_.push_back({allocate_aligned(size), size, 0});
  }
  current_ = fitting;  // not before: the allocation may have thrown
  Chunk& chunk = chunks_[current_];
  std::byte* const memory = chunk.memory.get() + chunk.used;
  chunk.used += bytes;
  return memory;
}

void ScratchStack::give_back(std::size_t bytes) {
  // Blocks are given back in reverse order: the last chunk in use is the one to shrink. An empty
  // block may have been taken from an earlier chunk than the current one, and needs no shrinking.
  if (bytes == 0) return;
  while (chunks_[current_].used == 0) --current_;
  chunks_[current_].used -= bytes;
  const bool empty = std::all_of(chunks_.begin(), chunks_.end(),
                                 [](const Chunk& chunk) { return chunk.used == 0; });
  if (!empty) return;
  current_ = 0;
  if (chunks_.size() == 1) return;
  next_size_ = 0;
  for (const Chunk& chunk : chunks_) next_size_ += chunk.size;
  chunks_.clear();
}

}  // namespace pycnn

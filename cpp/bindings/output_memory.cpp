// Blocks are looked for from the last given back on: its pages are the most likely in the cache.
#include "output_memory.hpp"

#include <utility>

namespace pycnn::bindings {

OutputMemory& OutputMemory::instance() {
  static OutputMemory memory;
  return memory;
}

OutputMemory::Block OutputMemory::find_or_allocate(std::size_t bytes) {
  {
    const std::lock_guard<std::mutex> guard(lock_);
    for (std::size_t i = kept_.size(); i-- > 0;) {
      if (kept_[i].size < bytes || kept_[i].size - bytes > bytes / 4) continue;
      Block block = std::move(kept_[i]);
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
      kept_bytes_ -= block.size;
      return block;
    }
  }
  return {allocate_aligned(bytes), bytes};
}

void OutputMemory::keep(Block block) {
  if (block.size > most_kept) return;
  const std::lock_guard<std::mutex> guard(lock_);
  kept_bytes_ += block.size;
  kept_.push_back(std::move(block));
  std::size_t dropped = 0;
  while (kept_bytes_ > most_kept) kept_bytes_ -= kept_[dropped++].size;
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(dropped));
}

std::pair<void*, pybind11::capsule> OutputMemory::take(std::size_t bytes) {
  auto block = std::make_unique<Block>(instance().find_or_allocate(bytes));
  void* const data = block->memory.get();
  pybind11::capsule owner(block.get(), [](void* pointer) {
    const std::unique_ptr<Block> gone(static_cast<Block*>(pointer));
    instance().keep(std::move(*gone));
  });
  block.release();
  return {data, std::move(owner)};
}

}  // namespace pycnn::bindings

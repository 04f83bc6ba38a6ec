// The per-thread stack of working memory: alignment, blocks apart, and a steady state.
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "scratch.hpp"

namespace pycnn {
namespace {

bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 64 == 0; }

TEST_CASE("scratch: blocks are aligned and lie apart") {
  std::mt19937 random(4);
  // Sizes around those of chunks, so that blocks spread over several.
  const index_t sizes[] = {0, 1, 15, 16, 17, 1000, 16384, 20000, 100000};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<Scratch<std::uint32_t>>> blocks;
    std::vector<index_t> counts;
    // Grows and shrinks like nested scopes; every block keeps its own number throughout.
    for (int step = 0; step < 60; ++step) {
      if (random() % 3 != 0) {
        counts.push_back(sizes[random() % std::size(sizes)]);
        blocks.push_back(std::make_unique<Scratch<std::uint32_t>>(counts.back()));
        CHECK(aligned(blocks.back()->data()));
        const auto number = static_cast<std::uint32_t>(blocks.size());
        for (index_t i = 0; i < counts.back(); ++i) (*blocks.back())[i] = number;
      } else if (!blocks.empty()) {
        const auto number = static_cast<std::uint32_t>(blocks.size());
        index_t changed = 0;
        for (index_t i = 0; i < counts.back(); ++i) changed += (*blocks.back())[i] != number;
        CHECK(changed == 0);
        blocks.pop_back();
        counts.pop_back();
      }
    }
    while (!blocks.empty()) blocks.pop_back();
  }
}

TEST_CASE("scratch: a repeated pattern settles on the same memory") {
  const auto pattern = [] {
    const Scratch<double> a(3000), empty(0), b(50000);
    const Scratch<char> c(7);
    return std::vector<const void*>{a.data(), b.data(), c.data()};
  };
  pattern();
  pattern();
  const std::vector<const void*> settled = pattern();
  for (int i = 0; i < 5; ++i) CHECK(pattern() == settled);
}

TEST_CASE("scratch: memory of a size of zero may be held and given back in any company") {
  const Scratch<float> first(0);
  {
    const Scratch<float> large(1 << 20);
    const Scratch<float> none(0);
    large[0] = large[(1 << 20) - 1] = 1;
  }
  const Scratch<float> after(10);
  after[9] = 2;
  CHECK(after[9] == 2);
}

#if !defined(__SANITIZE_ADDRESS__)  // which ends the program instead of throwing std::bad_alloc
TEST_CASE("scratch: memory that cannot be had leaves the rest as it was") {
  const Scratch<int> before(100);
  before[99] = 3;
  for (int attempt = 0; attempt < 3; ++attempt) {
    CHECK_THROWS_AS(Scratch<char>(index_t{1} << 60), std::bad_alloc);
    const Scratch<int> after(100);
    after[99] = 4;
    CHECK(before[99] == 3);
  }
}
#endif

TEST_CASE("scratch: threads have stacks of their own") {
  const Scratch<int> here(100);
  for (int i = 0; i < 100; ++i) here[i] = 1;
  std::thread other([] {
    const Scratch<int> there(100);
    for (int i = 0; i < 100; ++i) there[i] = 2;
  });
  other.join();
  int sum = 0;
  for (int i = 0; i < 100; ++i) sum += here[i];
  CHECK(sum == 100);
}

TEST_CASE("scratch: aligned memory") {
  for (std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
    const AlignedMemory memory = allocate_aligned(bytes);
    CHECK(memory);
    CHECK(aligned(memory.get()));
  }
}

}  // namespace
}  // namespace pycnn

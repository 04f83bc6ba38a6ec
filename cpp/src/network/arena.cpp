// Placement by size: the largest buffer first, each at the lowest place free during its life, or,
// where it fits between others, in the smallest such gap. Done in two orders, of which the one that
// needs less memory counts: by size, and by size times life.
#include "arena.hpp"

#include <algorithm>
#include <numeric>

namespace pycnn {
namespace {

/// The offsets of buffers placed in this order, and the bytes of the arena.
struct Layout {
  std::vector<index_t> offsets;
  index_t total = 0;
};

/// The start of the smallest gap between buffers (by ascending offset) that are in use during the
/// life of `buffer`; behind all of them where none is large enough.
index_t free_offset(const std::vector<ArenaBuffer>& buffers, const Layout& layout,
                    const std::vector<std::size_t>& placed, const ArenaBuffer& buffer) {
  index_t end = 0, best = -1, best_gap = 0;
  for (std::size_t i : placed) {
    const ArenaBuffer& other = buffers[i];
    if (other.last < buffer.first || buffer.last < other.first) continue;
    const index_t gap = layout.offsets[i] - end;
    if (gap >= buffer.bytes && (best < 0 || gap < best_gap)) {
      best = end;
      best_gap = gap;
    }
    end = std::max(end, layout.offsets[i] + other.bytes);
  }
  return best < 0 ? end : best;
}

Layout place(const std::vector<ArenaBuffer>& buffers, const std::vector<std::size_t>& order) {
  Layout layout{std::vector<index_t>(buffers.size(), ArenaBuffer::never)};
  std::vector<std::size_t> placed;
  for (std::size_t i : order) {
    if (buffers[i].first == ArenaBuffer::never) continue;
    const index_t offset = free_offset(buffers, layout, placed, buffers[i]);
    layout.offsets[i] = offset;
    const auto after = std::find_if(placed.begin(), placed.end(), [&](std::size_t other) {
      return layout.offsets[other] > offset;
    });
    placed.insert(after, i);
    layout.total = std::max(layout.total, offset + buffers[i].bytes);
  }
  return layout;
}

}  // namespace

void ArenaBuffer::use(index_t time) {
  first = first == never ? time : std::min(first, time);
  last = std::max(last, time);
}

index_t place_in_arena(std::vector<ArenaBuffer>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place_by = [&](const auto& weight) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return weight(buffers[a]) > weight(buffers[b]);
    });
    return place(buffers, order);
  };
  const Layout by_size = place_by([](const ArenaBuffer& buffer) { return buffer.bytes; });
  const Layout by_volume = place_by([](const ArenaBuffer& buffer) {
    return static_cast<double>(buffer.bytes) * static_cast<double>(buffer.last - buffer.first + 1);
  });
  const Layout& best = by_volume.total < by_size.total ? by_volume : by_size;
  for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i].offset = best.offsets[i];
  return best.total;
}

}  // namespace pycnn

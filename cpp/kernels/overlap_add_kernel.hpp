// Overlap-add along a row: every pixel becomes the sum of what the windows that lie on it hold for
// it, in the order of the terms. Chunks of channels are those of pool_chunks.hpp.

template <int WIDTH, class T>
inline void overlap_add_chunks(const OverlapRow<T>& row, const T* windows, T* y) {
  const index_t channels = row.channels, pixel_numbers = row.groups * channels;
  for_each_pool_chunk<WIDTH>(row.pixels, row.groups, channels,
                             [&](auto chunk, index_t pixel, index_t group, index_t c, int) {
                               constexpr int width = decltype(chunk)::value;
                               const T* const from = windows + group * row.group_step + c;
                               const index_t to = group * channels + c;
                               Values<T, width> sum;
                               load_chunk(row.start + to, sum);
                               for (index_t term = row.first_term[pixel];
                                    term < row.first_term[pixel + 1]; ++term) {
                                 Values<T, width> value;
                                 load_chunk(from + row.terms[term], value);
                                 sum += value;
                               }
                               store_chunk(sum, y + pixel * pixel_numbers + to);
                             });
}

/// y (pixels, groups, channels) = start + the terms. Up to a register more than the last term's
/// and start's channels is read.
template <class T>
void overlap_add(const OverlapRow<T>& row, const T* windows, T* y) {
  with_width<T>(row.channels,
                [&](auto width) { overlap_add_chunks<decltype(width)::value>(row, windows, y); });
}

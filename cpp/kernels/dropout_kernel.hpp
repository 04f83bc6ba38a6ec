// Dropping: elements 4 `block` ... 4 `block` + n - 1 of a mask, and what they do to a tensor; y may
// be x.

/// Calls element(i, word) for each of n elements, `word` being the top 24 bits of its number.
template <class Element>
inline void for_each_word(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
                          std::uint64_t step, const Element& element) {
  constexpr index_t group = 4 * philox_blocks;
  std::uint32_t words[group];
  for (index_t i = 0; i < n; i += group, block += philox_blocks) {
    philox_words(block, key0, key1, step, words);
    const index_t count = n - i < group ? n - i : group;
    for (index_t j = 0; j < count; ++j) element(i + j, static_cast<std::int32_t>(words[j] >> 8));
  }
}

/// The mask has an element of its own for each of x.
template <class T>
void dropout(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
             std::uint64_t step, const Drop<T>& drop, const T* x, T* y) {
  const Drop<T> how = drop;
  for_each_word(n, block, key0, key1, step, [=](index_t i, std::int32_t word) {
    const T kept = x[i] / how.divisor + how.offset;
    y[i] = word >= how.threshold ? kept : how.dropped;
  });
}

/// The mask itself: 1 where kept.
template <class T>
void keep_mask(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
               std::uint64_t step, std::int32_t threshold, std::uint8_t* keep) {
  for_each_word(n, block, key0, key1, step,
                [=](index_t i, std::int32_t word) { keep[i] = word >= threshold; });
}

/// Row r and column c of x (rows, columns) follow keep[r * row_step + c * column_step]; one of the
/// steps is 1, the other 0.
template <class T>
void drop_rows(index_t rows, index_t columns, index_t row_step, index_t column_step,
               const std::uint8_t* keep, const Drop<T>& drop, const T* x, T* y) {
  const Drop<T> how = drop;
  for (index_t r = 0; r < rows; ++r, x += columns, y += columns, keep += row_step) {
    if (column_step == 0) {
      const bool kept = *keep;
      for (index_t c = 0; c < columns; ++c) {
        y[c] = kept ? x[c] / how.divisor + how.offset : how.dropped;
      }
    } else {
      for (index_t c = 0; c < columns; ++c) {
        const T kept = x[c] / how.divisor + how.offset;
        y[c] = keep[c] ? kept : how.dropped;
      }
    }
  }
}

// Inverted dropout of elements 4 `block` ... 4 `block` + n - 1 of a tensor; y may be x.

constexpr int philox_blocks = 64;  // worked out at a time
typedef std::uint64_t PhiloxLanes __attribute__((vector_size(register_bytes)));

/// Word w of Philox block `block` + b goes to words[4 b + w], for b < philox_blocks: the function
/// philox() of random.hpp, one block to each 64-bit lane.
inline void philox_words(std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
                         std::uint64_t step, std::uint32_t* words) {
  constexpr std::uint64_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
  constexpr std::uint32_t weyl0 = 0x9E3779B9u, weyl1 = 0xBB67AE85u;
  constexpr std::uint64_t low = 0xFFFFFFFFu;
  constexpr int width = register_bytes / 8;
  std::uint64_t pairs[2 * philox_blocks];
  for (int first = 0; first < philox_blocks; first += width) {
    PhiloxLanes number;
    for (int lane = 0; lane < width; ++lane) {
      number[lane] = block + static_cast<std::uint64_t>(first + lane);
    }
    PhiloxLanes c0 = number, c1 = number >> 32;
    PhiloxLanes c2 = PhiloxLanes{} + step, c3 = c2 >> 32;
    std::uint32_t k0 = key0, k1 = key1;
    for (int round = 0; round < 10; ++round) {
      // Only the low half of each lane counts, but in the products.
      const PhiloxLanes product0 = multiplier0 * (c0 & low);
      const PhiloxLanes product1 = multiplier1 * (c2 & low);
      c0 = (product1 >> 32) ^ c1 ^ k0;
      c1 = product1;
      c2 = (product0 >> 32) ^ c3 ^ k1;
      c3 = product0;
      k0 += weyl0;
      k1 += weyl1;
    }
    const PhiloxLanes even = (c0 & low) | (c1 << 32), odd = (c2 & low) | (c3 << 32);
    for (int lane = 0; lane < width; ++lane) {
      pairs[2 * (first + lane)] = even[lane];
      pairs[2 * (first + lane) + 1] = odd[lane];
    }
  }
  __builtin_memcpy(words, pairs, sizeof pairs);
}

/// y = x / keep_probability where the element's word >> 8 is `threshold` or more, else 0.
template <class T>
void dropout(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
             std::uint64_t step, std::int32_t threshold, T keep_probability, const T* x, T* y) {
  constexpr index_t group = 4 * philox_blocks;
  std::uint32_t words[group];
  for (index_t i = 0; i < n; i += group, block += philox_blocks) {
    philox_words(block, key0, key1, step, words);
    const index_t count = n - i < group ? n - i : group;
    for (index_t j = 0; j < count; ++j) {
      const T kept = x[i + j] / keep_probability;
      y[i + j] = static_cast<std::int32_t>(words[j] >> 8) >= threshold ? kept : 0;
    }
  }
}

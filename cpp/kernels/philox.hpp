// Philox4x32-10, one block to each 64-bit lane: philox() of random.hpp for many blocks at a time.

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

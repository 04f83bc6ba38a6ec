// Inverted dropout of elements 4 `block` ... 4 `block` + n - 1 of a tensor; y may be x.

/// word w of Philox block `block` + b goes to words[4 b + w], for b < reduction_lanes: the same
/// function as philox() in random.hpp, sixteen blocks side by side.
inline void philox_words(std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
                         std::uint64_t step, std::uint32_t* words) {
  constexpr std::uint64_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
  constexpr std::uint32_t weyl0 = 0x9E3779B9u, weyl1 = 0xBB67AE85u;
  std::uint32_t c0[reduction_lanes], c1[reduction_lanes], c2[reduction_lanes], c3[reduction_lanes];
  for (int lane = 0; lane < reduction_lanes; ++lane) {
    const std::uint64_t number = block + static_cast<std::uint64_t>(lane);
    c0[lane] = static_cast<std::uint32_t>(number);
    c1[lane] = static_cast<std::uint32_t>(number >> 32);
    c2[lane] = static_cast<std::uint32_t>(step);
    c3[lane] = static_cast<std::uint32_t>(step >> 32);
  }
  for (int round = 0; round < 10; ++round) {
    for (int lane = 0; lane < reduction_lanes; ++lane) {
      const std::uint64_t product0 = multiplier0 * c0[lane];
      const std::uint64_t product1 = multiplier1 * c2[lane];
      c0[lane] = static_cast<std::uint32_t>(product1 >> 32) ^ c1[lane] ^ key0;
      c1[lane] = static_cast<std::uint32_t>(product1);
      c2[lane] = static_cast<std::uint32_t>(product0 >> 32) ^ c3[lane] ^ key1;
      c3[lane] = static_cast<std::uint32_t>(product0);
    }
    key0 += weyl0;
    key1 += weyl1;
  }
  for (int lane = 0; lane < reduction_lanes; ++lane) {
    words[4 * lane] = c0[lane];
    words[4 * lane + 1] = c1[lane];
    words[4 * lane + 2] = c2[lane];
    words[4 * lane + 3] = c3[lane];
  }
}

/// y = x / keep_probability where the element's word >> 8 is `threshold` or more, else 0.
template <class T>
void dropout(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
             std::uint64_t step, std::int32_t threshold, T keep_probability, const T* x, T* y) {
  constexpr index_t group = 4 * reduction_lanes;
  std::uint32_t words[group];
  for (index_t i = 0; i < n; i += group, block += reduction_lanes) {
    philox_words(block, key0, key1, step, words);
    const index_t count = n - i < group ? n - i : group;
    for (index_t j = 0; j < count; ++j) {
      const T kept = x[i + j] / keep_probability;
      y[i + j] = static_cast<std::int32_t>(words[j] >> 8) >= threshold ? kept : 0;
    }
  }
}

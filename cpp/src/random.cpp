// Philox4x32-10 and the draws made of it.
#include "pycnn/random.hpp"

#include <numeric>

namespace pycnn {
namespace {

constexpr std::uint32_t shuffle_stream = 0x5475FFEDu;  // any number no layer's stream will take

std::uint32_t low_word(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high_word(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

/// `count` uniforms of one key, two to a block; the block number is counter word 0.
void draw_uniform(const PhiloxKey& key, PhiloxBlock counter, index_t count, double* out) {
  for (index_t i = 0; i < count; i += 2) {
    counter[0] = static_cast<std::uint32_t>(i / 2);
    const PhiloxBlock bits = philox(key, counter);
    out[i] = uniform_from_bits(bits[0], bits[1]);
    if (i + 1 < count) out[i + 1] = uniform_from_bits(bits[2], bits[3]);
  }
}

}  // namespace

PhiloxBlock philox(const PhiloxKey& key, const PhiloxBlock& counter) {
  constexpr std::uint64_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
  constexpr std::uint32_t weyl0 = 0x9E3779B9u, weyl1 = 0xBB67AE85u;
  std::uint32_t k0 = key[0], k1 = key[1];
  PhiloxBlock c = counter;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = multiplier0 * c[0];
    const std::uint64_t product1 = multiplier1 * c[2];
    c = {high_word(product1) ^ c[1] ^ k0, low_word(product1), high_word(product0) ^ c[3] ^ k1,
         low_word(product0)};
    k0 += weyl0;
    k1 += weyl1;
  }
  return c;
}

PhiloxKey philox_key(std::uint64_t seed, std::uint32_t stream) {
  return {low_word(seed), high_word(seed) ^ stream};
}

double uniform_from_bits(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (std::uint64_t{high} << 32 | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

void random_uniform(std::uint64_t seed, std::uint32_t stream,
                    const std::array<std::uint32_t, 3>& counter, index_t count, double* out) {
  draw_uniform(philox_key(seed, stream), {0, counter[0], counter[1], counter[2]}, count, out);
}

void sample_uniform(std::uint64_t seed, std::uint32_t stream, std::uint32_t epoch,
                    const index_t* samples, index_t n, index_t count, double* out) {
  const PhiloxKey key = philox_key(seed, stream);
  for (index_t i = 0; i < n; ++i) {
    const auto sample = static_cast<std::uint64_t>(samples[i]);
    draw_uniform(key, {0, epoch, low_word(sample), high_word(sample)}, count, out + i * count);
  }
}

void permutation(std::uint64_t seed, std::uint32_t epoch, index_t n, index_t* out) {
  std::iota(out, out + n, index_t{0});
  const PhiloxKey key = philox_key(seed, shuffle_stream);
  for (index_t i = n - 1; i > 0; --i) {
    const auto position = static_cast<std::uint64_t>(i);
    const PhiloxBlock bits = philox(key, {low_word(position), high_word(position), epoch, 0});
    // The high half of a 64 x 64 bit product maps 64 random bits to 0 ... i without a visible bias.
    const std::uint64_t random = std::uint64_t{bits[0]} << 32 | bits[1];
    __extension__ using Wide = unsigned __int128;
    const auto j = static_cast<index_t>((Wide{random} * (position + 1)) >> 64);
    std::swap(out[i], out[j]);
  }
}

}  // namespace pycnn

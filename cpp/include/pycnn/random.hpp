// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", 2011).
//
// A number is a function of its key and counter, never of what was drawn before: the same for any
// number of threads, any batch size, and after a resumed training.
#pragma once

#include <array>
#include <cstdint>

#include "pycnn/tensor.hpp"

namespace pycnn {

using PhiloxKey = std::array<std::uint32_t, 2>;
using PhiloxBlock = std::array<std::uint32_t, 4>;

/// Which numbers a noise operation draws: seed of the run, number of the layer, number of the step.
/// `first_sample`: of a part of a batch, its place in the whole, whose numbers it draws.
struct NoiseKey {
  std::uint64_t seed;
  std::uint32_t layer;
  std::uint64_t step;
  index_t first_sample = 0;
};

PhiloxBlock philox(const PhiloxKey& key, const PhiloxBlock& counter);

/// The key of one use (`stream`: a layer, say) of a seed.
PhiloxKey philox_key(std::uint64_t seed, std::uint32_t stream);

/// Two words to [0, 1) with 53 bits.
double uniform_from_bits(std::uint32_t high, std::uint32_t low);

/// The first `count` numbers in [0, 1) of (seed, stream), counter = (block, c0, c1, c2).
void random_uniform(std::uint64_t seed, std::uint32_t stream,
                    const std::array<std::uint32_t, 3>& counter, index_t count, double* out);

/// `count` numbers in [0, 1) for each of n samples: counter = (block, epoch, sample's two words).
/// out (n, count)
void sample_uniform(std::uint64_t seed, std::uint32_t stream, std::uint32_t epoch,
                    const index_t* samples, index_t n, index_t count, double* out);

/// A permutation of 0 ... n - 1 for (seed, epoch): Fisher-Yates. out (n)
void permutation(std::uint64_t seed, std::uint32_t epoch, index_t n, index_t* out);

}  // namespace pycnn

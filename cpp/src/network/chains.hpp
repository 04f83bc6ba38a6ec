// Chains: consecutive steps whose forward runs on a few samples at a time, one thread taking a part
// of the batch through all of them, so that a step finds in the cache what the one before it wrote
// and threads meet once for the chain.
//
// The results of a sample do not depend on the others, so neither do they on how a batch is cut.
#pragma once

#include "plan.hpp"

namespace pycnn {

/// The steps as chains, in order; most of `threads` threads are kept busy by batches of `capacity`.
template <class T>
std::vector<Chain> find_chains(const StepList<T>& list, index_t capacity, RunMode mode,
                               const std::vector<bool>& left_to_loss, int threads);

}  // namespace pycnn

// Copies rows of a BatchSource, converted, into the memory of a batch.
#pragma once

#include "pycnn/network.hpp"

namespace pycnn {

/// out (N, row_size): rows `indices` of the source, or rows [first, first + N) when null. Indices
/// outside the source throw std::invalid_argument before anything is written.
template <class Out>
void gather_rows(const BatchSource& source, const index_t* indices, index_t first, index_t N,
                 Out* out);

}  // namespace pycnn

// What the algorithms ask the runtime: the kernels in use and the threads of a region.
#pragma once

#include "../kernels/table.hpp"
#include "pycnn/runtime.hpp"

namespace pycnn {

/// The kernels of the instruction set in use, for float or double.
template <class T>
const kernels::Table<T>& kernel_table();

/// Threads that a parallel region may have now; 1 in a child of fork (its OpenMP pool is gone).
int region_threads();

}  // namespace pycnn

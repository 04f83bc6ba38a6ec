// What the algorithms ask the runtime: the kernels in use.
#pragma once

#include "../kernels/table.hpp"
#include "pycnn/runtime.hpp"

namespace pycnn {

/// The kernels of the instruction set in use, for float or double.
template <class T>
const kernels::Table<T>& kernel_table();

}  // namespace pycnn

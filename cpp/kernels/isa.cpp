// All kernels for one instruction set. CMake compiles this file once per instruction set, with its
// flags and PYCNN_ISA (the name) and PYCNN_REGISTER_BYTES defined.
//
// Everything lies in an unnamed namespace and no standard library template is used: an inline
// function compiled here must never be merged by the linker with one that baseline code calls.
#include "table.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pycnn::kernels {
namespace {

#include "simd.hpp"
//
#include "functions.hpp"
#include "gaussian.hpp"
#include "lanes.hpp"
#include "map.hpp"
#include "philox.hpp"
#include "pool_chunks.hpp"
#include "trigonometry.hpp"
//
#include "activation_kernel.hpp"
#include "dropout_kernel.hpp"
#include "elementwise_kernel.hpp"
#include "gated_activation_kernel.hpp"
#include "gemm_kernel.hpp"
#include "lrn_kernel.hpp"
#include "max_pool_kernel.hpp"
#include "merge_kernel.hpp"
#include "noise_kernel.hpp"
#include "optimizer_kernel.hpp"
#include "peak_kernel.hpp"
#include "prelu_kernel.hpp"
#include "resize_kernel.hpp"
#include "softmax_columns.hpp"
#include "sum_pool_kernel.hpp"
#include "transpose_kernel.hpp"
//
#include "depthwise_conv_kernel.hpp"  // uses pool_chunks.hpp
#include "overlap_add_kernel.hpp"     // uses pool_chunks.hpp
#include "plane_conv_kernel.hpp"      // uses gemm_kernel.hpp, pool_chunks.hpp
#include "softmax_kernel.hpp"         // uses softmax_columns.hpp, transpose_kernel.hpp
#include "winograd_kernel.hpp"        // uses gemm_kernel.hpp
//
#include "normalization_kernel.hpp"       // uses pool_chunks.hpp, softmax_kernel.hpp
#include "short_crossentropy_kernel.hpp"  // uses softmax_kernel.hpp
//
#include "loss_kernel.hpp"               // uses short_crossentropy_kernel.hpp
#include "normalization_row_kernel.hpp"  // uses normalization_kernel.hpp

template <class T>
constexpr Table<T> make_table() {
  Table<T> table{};
  table.lanes = lanes<T>;
  table.vectors = widest_tile;
  for (int vectors = 1; vectors <= widest_tile; ++vectors) {
    table.tile_rows[vectors] = tile_rows(vectors);
  }
  fill_tiles<T, 1>(table);
  fill_tiles<T, 2>(table);
  fill_tiles<T, 3>(table);
  fill_tiles<T, 4>(table);
#define PYCNN_KERNEL_ENTRY(name, arguments) table.name = name<T>;
  PYCNN_KERNELS(PYCNN_KERNEL_ENTRY)
#undef PYCNN_KERNEL_ENTRY
  return table;
}

}  // namespace

#define PYCNN_JOIN(a, b) a##b
#define PYCNN_TABLE_OF(isa) PYCNN_JOIN(isa, _kernels)
#define PYCNN_TEXT_OF(isa) #isa
#define PYCNN_TEXT(isa) PYCNN_TEXT_OF(isa)

const KernelTable PYCNN_TABLE_OF(PYCNN_ISA) = {PYCNN_TEXT(PYCNN_ISA), make_table<float>(),
                                               make_table<double>(), fma_loop};

}  // namespace pycnn::kernels

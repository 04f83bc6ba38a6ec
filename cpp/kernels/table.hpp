// The kernels of one instruction set: pure arithmetic on raw pointers, no threads, no checks.
//
// isa.cpp is compiled once per instruction set and fills one KernelTable from the list below, so
// no entry can be missing. The list is the only place where kernels are declared: a line gives
// name and arguments, the kernel's own header gives its formula and the shape of every pointer.
#pragma once

#include <cstdint>

namespace pycnn::kernels {

using index_t = std::int64_t;

/// Largest register tile: tile_rows[v] x (v * lanes) outputs, v = 1 ... max_vectors.
constexpr int max_vectors = 4;
constexpr int max_tile_rows = 12;

/// out[i][j] = sum over r, k of rows[r][i][offset + k] * panel[r * length + k][j]
///             + (accumulate ? out[i][j] : 0) + bias[j],
/// the sum being one fused multiply-add chain in the order of (r, k).
template <class T>
struct RowTile {
  const T* const* rows;  // [runs][row_stride], the first of each row_stride are used
  index_t row_stride;
  index_t runs;
  index_t offset;
  index_t length;
  const T* panel;  // [runs * length][vectors * lanes]
  T* const* out;   // one pointer per row; `columns` values at out[i] + out_offset
  index_t out_offset;
  index_t columns;   // <= vectors * lanes
  const T* bias;     // [columns] or null
  bool accumulate;
};

/// Consecutive pixels of a ColumnTile: `a` moves by a_step from pixel to pixel, `b` by one panel
/// row.
template <class T>
struct ColumnRun {
  const T* a;
  const T* b;
  index_t length;
};

/// out[i][j] (+)= sum over runs and their pixels p of a[p * a_step + i] * b[p][j].
template <class T>
struct ColumnTile {
  const ColumnRun<T>* runs;  // b: [length][vectors * lanes]
  index_t run_count;
  index_t a_step;
  T* out;  // row i at out + i * out_step, `columns` values
  index_t out_step;
  index_t columns;
  bool accumulate;
};

/// One list of all other kernels: X(name, arguments), T being float or double.
#define PYCNN_KERNELS(X)                                                          \
  /* activation_kernel.hpp */                                                     \
  X(relu, (index_t n, const T* x, T* y))                                          \
  X(relu_grad, (index_t n, const T* dy, const T* y, T* dx))                       \
  X(sigmoid, (index_t n, const T* x, T* y))                                       \
  X(sigmoid_grad, (index_t n, const T* dy, const T* y, T* dx))                    \
  X(tanh, (index_t n, const T* x, T* y))                                          \
  X(tanh_grad, (index_t n, const T* dy, const T* y, T* dx))                       \
  /* elementwise_kernel.hpp */                                                    \
  X(add, (index_t n, const T* a, const T* b, T* y))                               \
  X(scale_offset, (index_t n, T scale, T offset, const T* x, T* y))               \
  X(add_rows, (index_t rows, index_t n, const T* x, T* y))

template <class T>
struct Table {
  int lanes;
  int vectors;                          // widest tile, in vectors
  int tile_rows[max_vectors + 1];       // by vectors; [0] unused
  void (*row_tile[max_vectors + 1][max_tile_rows + 1])(const RowTile<T>&);        // [vectors][rows]
  void (*column_tile[max_vectors + 1][max_tile_rows + 1])(const ColumnTile<T>&);  // [vectors][rows]
#define PYCNN_KERNEL_POINTER(name, arguments) void(*name) arguments;
  PYCNN_KERNELS(PYCNN_KERNEL_POINTER)
#undef PYCNN_KERNEL_POINTER
};

struct KernelTable {
  const char* name;
  Table<float> single_precision;
  Table<double> double_precision;
  double (*fma_loop)(index_t iterations);  // returns the floating-point operations it did
};

extern const KernelTable portable_kernels;
#if defined(__x86_64__)
extern const KernelTable avx2_kernels;
extern const KernelTable avx512_kernels;
#endif

}  // namespace pycnn::kernels

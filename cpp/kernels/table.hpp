// The kernels of one instruction set: pure arithmetic on raw pointers, no threads, no checks.
//
// isa.cpp is compiled once per instruction set and fills one KernelTable from the list below, so
// no entry can be missing. The list is the only place where kernels are declared: a line gives
// name and arguments, the kernel's own header gives its formula and the shape of every pointer.
#pragma once

#include "conv_arguments.hpp"

namespace pycnn::kernels {

/// Largest register tile: tile_rows[v] x (v * lanes) outputs, v = 1 ... max_vectors.
constexpr int max_vectors = 4;
constexpr int max_tile_rows = 12;

/// Pixels of y along one row, and the window of each in x: `rows` runs of `length` pixels of C
/// channels. From pixel to pixel the window moves by `step` numbers.
struct PoolRun {
  index_t pixels;
  index_t channels;
  index_t step;
  index_t rows;
  index_t length;
  index_t tap_step;                  // numbers from element to element of a window's row
  std::int32_t tap_position;         // and what that adds to the position
  const index_t* row_offset;         // [rows], in numbers, for the first pixel
  const std::int32_t* row_position;  // [rows], position of the window row's start
  std::int32_t column;               // added to it: where the rows begin in this run
  index_t window_pixels;             // by which an average is divided
};

/// Pixels of dy along one row, and `length` pixels of each one's window in one row of dx.
struct PoolGradRun {
  index_t pixels;
  index_t channels;
  index_t step;
  index_t length;
  index_t tap_step;       // numbers from one of the `length` pixels to the next
  std::int32_t position;  // in the window, of the first of them
  index_t window_pixels;  // by which an average was divided
  bool accumulate;        // else windows must not overlap
};

/// One row of dx with the rows of dy whose windows reach into it. Pixel i may belong to the windows
/// of outputs first[i] ... end[i]: it is element (i - start[o]) / dilation, if that is whole.
struct PoolGradRow {
  index_t pixels;   // of dx
  index_t outputs;  // of a row of dy
  index_t channels;
  index_t rows;                      // of dy
  const index_t* row_offset;         // [rows], in numbers
  const std::int32_t* row_position;  // [rows], position of the window row's start
  const index_t* first;              // [pixels], rising
  const index_t* end;                // [pixels], rising
  const index_t* start;              // [outputs]
  index_t dilation;
};

/// base = bias + alpha * sum and its power -beta, in local response normalisation.
template <class T>
struct LrnPower {
  T alpha;
  T bias;
  T beta;
  T beta_high;  // so few bits that its product with any exponent is exact
  T beta_low;   // beta - beta_high
  T of_zero;    // 0^-beta
  T of_infinity;
};

/// What dropping does to an element: x / divisor + offset where its number (24 bits) is `threshold`
/// or more, else `dropped`.
template <class T>
struct Drop {
  std::int32_t threshold;
  T divisor;
  T offset;
  T dropped;
};

/// One list of all other kernels: X(name, arguments), T being float or double.
#define PYCNN_KERNELS(X)                                                                           \
  /* activation_kernel.hpp */                                                                      \
  X(relu, (index_t n, const T* x, T* y))                                                           \
  X(relu_grad, (index_t n, const T* dy, const T* y, T* dx))                                        \
  X(rectifier, (index_t n, T slope, T max_value, T threshold, const T* x, T* y))                   \
  X(rectifier_grad, (index_t n, T slope, T max_value, const T* dy, const T* y, T* dx))             \
  X(sigmoid, (index_t n, const T* x, T* y))                                                        \
  X(sigmoid_grad, (index_t n, const T* dy, const T* y, T* dx))                                     \
  X(tanh, (index_t n, const T* x, T* y))                                                           \
  X(tanh_grad, (index_t n, const T* dy, const T* y, T* dx))                                        \
  X(elu, (index_t n, T above, T below, T rate, const T* x, T* y))                                  \
  X(elu_grad, (index_t n, T above, T below, T rate, const T* dy, const T* y, T* dx))               \
  X(softplus, (index_t n, const T* x, T* y))                                                       \
  X(softplus_grad, (index_t n, const T* dy, const T* y, T* dx))                                    \
  X(log_sigmoid, (index_t n, const T* x, T* y))                                                    \
  X(log_sigmoid_grad, (index_t n, const T* dy, const T* y, T* dx))                                 \
  X(softsign, (index_t n, const T* x, T* y))                                                       \
  X(softsign_grad, (index_t n, const T* dy, const T* y, T* dx))                                    \
  X(exp, (index_t n, const T* x, T* y))                                                            \
  X(exp_grad, (index_t n, const T* dy, const T* y, T* dx))                                         \
  X(hard_sigmoid, (index_t n, const T* x, T* y))                                                   \
  X(hard_sigmoid_grad, (index_t n, const T* dy, const T* y, T* dx))                                \
  X(hard_tanh, (index_t n, const T* x, T* y))                                                      \
  X(hard_tanh_grad, (index_t n, const T* dy, const T* y, T* dx))                                   \
  /* gated_activation_kernel.hpp */                                                                \
  X(silu, (index_t n, const T* x, T* y))                                                           \
  X(silu_grad, (index_t n, const T* dy, const T* x, T* dx))                                        \
  X(hard_silu, (index_t n, const T* x, T* y))                                                      \
  X(hard_silu_grad, (index_t n, const T* dy, const T* x, T* dx))                                   \
  X(gelu, (index_t n, const T* x, T* y))                                                           \
  X(gelu_grad, (index_t n, const T* dy, const T* x, T* dx))                                        \
  X(gelu_tanh, (index_t n, const T* x, T* y))                                                      \
  X(gelu_tanh_grad, (index_t n, const T* dy, const T* x, T* dx))                                   \
  X(mish, (index_t n, const T* x, T* y))                                                           \
  X(mish_grad, (index_t n, const T* dy, const T* x, T* dx))                                        \
  /* depthwise_conv_kernel.hpp */                                                                  \
  X(depthwise_row,                                                                                 \
    (const DepthwiseRow<T>& row, const T* kernel, const T* bias, T* y, index_t y_step))            \
  X(depthwise_row_grad, (const DepthwiseRow<T>& row, const T* dy, T* dkernel, T* dbias))           \
  /* overlap_add_kernel.hpp */                                                                     \
  X(overlap_add, (const OverlapRow<T>& row, const T* windows, T* y))                               \
  /* winograd_kernel.hpp */                                                                        \
  X(winograd_kernel, (index_t rows, index_t columns, index_t tap_step, index_t row_step,           \
                      const T* kernel, index_t width, T* to, index_t step))                        \
  X(winograd_kernel_grad, (index_t rows, index_t columns, index_t step, index_t row_step,          \
                           const T* m, index_t tap_step, index_t to_row_step, T* to))              \
  X(winograd_input, (const T* const* pixels, index_t channels, T* to, index_t step))               \
  X(winograd_output, (const WinogradOutput<T>& tile))                                              \
  X(winograd_output_grad, (const T* const* pixels, index_t columns, T* to, index_t step))          \
  /* plane_conv_kernel.hpp */                                                                      \
  X(plane_conv, (const PlaneRow<T>& row))                                                          \
  X(plane_conv_grad, (const PlaneGrad<T>& grad, const T* dy, T* planes, T* sums))                  \
  X(add_lane_sums, (index_t n, const T* sums, T* out))                                             \
  /* prelu_kernel.hpp */                                                                           \
  X(prelu, (index_t n, const T* x, const T* alpha, T* y))                                          \
  X(prelu_grad, (index_t n, const T* dy, const T* x, const T* alpha, T* dx))                       \
  X(prelu_sums,                                                                                    \
    (index_t rows, index_t width, index_t step, const T* dy, const T* x, double* sums))            \
  /* gemm_kernel.hpp */                                                                            \
  X(pack_rows, (index_t rows, index_t columns, index_t step, const T* from, index_t width, T* to)) \
  /* elementwise_kernel.hpp */                                                                     \
  X(add, (index_t n, const T* a, const T* b, T* y))                                                \
  X(scale_offset, (index_t n, T scale, T offset, const T* x, T* y))                                \
  X(sum_rows, (index_t rows, index_t width, const T* x, T* y))                                     \
  /* softmax_kernel.hpp */                                                                         \
  X(softmax, (index_t rows, index_t channels, const T* x, T* y))                                   \
  X(softmax_grad, (index_t rows, index_t channels, const T* dy, const T* y, T* dx))                \
  X(log_softmax, (index_t rows, index_t channels, const T* x, T* y))                               \
  X(softmax_columns, (index_t channels, index_t step, index_t width, const T* x, T* y))            \
  X(log_softmax_columns, (index_t channels, index_t step, index_t width, const T* x, T* y))        \
  X(log_softmax_grad, (index_t rows, index_t channels, const T* dy, const T* y, T* dx))            \
  /* max_pool_kernel.hpp */                                                                        \
  X(max_pool, (const PoolRun& run, const T* x, T* y, std::uint8_t* indices))                       \
  X(max_pool_wide, (const PoolRun& run, const T* x, T* y, std::int32_t* indices))                  \
  X(max_pool_grad, (const PoolGradRun& run, const T* dy, const std::uint8_t* indices, T* dx))      \
  X(max_pool_grad_wide, (const PoolGradRun& run, const T* dy, const std::int32_t* indices, T* dx)) \
  X(max_pool_gather, (const PoolGradRow& row, const T* dy, const std::uint8_t* indices, T* dx))    \
  X(max_pool_gather_wide,                                                                          \
    (const PoolGradRow& row, const T* dy, const std::int32_t* indices, T* dx))                     \
  /* sum_pool_kernel.hpp */                                                                        \
  X(average_pool, (const PoolRun& run, const T* x, T* y))                                          \
  X(average_pool_grad, (const PoolGradRun& run, const T* dy, T* dx))                               \
  X(lp_pool, (const PoolRun& run, index_t p, const T* x, T* y))                                    \
  X(lp_pool_grad, (const PoolGradRun& run, index_t p, const T* dy, const T* x, const T* y, T* dx)) \
  /* dropout_kernel.hpp */                                                                         \
  X(dropout, (index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,              \
              std::uint64_t step, const Drop<T>& drop, const T* x, T* y))                          \
  X(keep_mask, (index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,            \
                std::uint64_t step, std::int32_t threshold, std::uint8_t* keep))                   \
  X(drop_rows, (index_t rows, index_t columns, index_t row_step, index_t column_step,              \
                const std::uint8_t* keep, const Drop<T>& drop, const T* x, T* y))                  \
  /* noise_kernel.hpp */                                                                           \
  X(gaussian_noise, (index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,       \
                     std::uint64_t step, T stddev, const T* x, T* y))                              \
  X(gaussian_dropout, (index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,     \
                       std::uint64_t step, T stddev, const T* x, T* y))                            \
  /* resize_kernel.hpp */                                                                          \
  X(blend, (index_t n, T low, T high, const T* a, const T* b, T* y))                               \
  X(add_scaled, (index_t n, T weight, const T* x, T* y))                                           \
  X(blend_pixels, (index_t pixels, index_t channels, const index_t* low, const index_t* high,      \
                   const T* low_weight, const T* high_weight, const T* x, T* y))                   \
  X(blend_pixels_grad, (index_t pixels, index_t channels, const index_t* low, const index_t* high, \
                        const T* low_weight, const T* high_weight, const T* dy, T* dx))            \
  /* transpose_kernel.hpp */                                                                       \
  X(transpose, (index_t rows, index_t columns, index_t x_step, const T* x, index_t y_step, T* y))  \
  /* loss_kernel.hpp */                                                                            \
  X(label_crossentropy_logits, (index_t rows, index_t channels, const T* x,                        \
                                const std::int64_t* labels, T scale, T* p, T* dx, double* losses)) \
  X(crossentropy_logits, (index_t rows, index_t channels, const T* x, const T* targets, T scale,   \
                          T* p, T* dx, double* losses))                                            \
  X(label_crossentropy, (index_t rows, index_t channels, const T* output,                          \
                         const std::int64_t* labels, T scale, T* doutput, double* losses))         \
  X(crossentropy, (index_t rows, index_t channels, const T* output, const T* targets, T scale,     \
                   T* doutput, double* losses))                                                    \
  X(binary_crossentropy_logits,                                                                    \
    (index_t n, const T* output, const T* targets, T scale, T* doutput, double* sum))              \
  X(binary_crossentropy,                                                                           \
    (index_t n, const T* output, const T* targets, T scale, T* doutput, double* sum))              \
  X(squared_error,                                                                                 \
    (index_t n, const T* output, const T* targets, T scale, T* doutput, double* sum))              \
  X(absolute_error,                                                                                \
    (index_t n, const T* output, const T* targets, T scale, T* doutput, double* sum))              \
  /* lrn_kernel.hpp */                                                                             \
  X(window_sum, (index_t n, index_t size, index_t step, T * x, T * y))                             \
  X(lrn_squares, (index_t rows, index_t columns, index_t x_step, const T* x, index_t pitch, T* y)) \
  X(lrn_power, (index_t n, const LrnPower<T>& power, T* base, T* scale))                           \
  X(lrn_apply, (index_t rows, index_t columns, index_t pitch, const T* x, const T* scale, T* y))   \
  X(lrn_terms, (index_t rows, index_t columns, index_t pitch, const T* dy, const T* x,             \
                const T* base, T* scale, T* terms))                                                \
  X(lrn_combine, (index_t rows, index_t columns, index_t pitch, T factor, const T* x,              \
                  const T* scale, const T* sums, T* dx))                                           \
  /* normalization_kernel.hpp */                                                                   \
  X(column_sums, (index_t rows, index_t width, index_t step, const T* x, double* sums))            \
  X(column_moments, (index_t rows, index_t width, index_t step, const T* x, const T* centre,       \
                     double* sums, double* squares))                                               \
  X(column_products, (index_t rows, index_t width, index_t step, const T* dy, const T* x,          \
                      const T* centre, const T* rest, double* sums, double* products))             \
  X(column_products_relu,                                                                          \
    (index_t rows, index_t width, index_t step, const T* dy, const T* x, const T* centre,          \
     const T* rest, const T* scale, const T* offset, T max_value, double* sums, double* products)) \
  X(sum_doubles, (index_t n, const double* x, double* sum))                                        \
  X(normalize_columns, (index_t rows, index_t width, index_t step, const T* x, const T* centre,    \
                        const T* rest, const T* scale, const T* offset, T* y))                     \
  X(normalize_columns_relu,                                                                        \
    (index_t rows, index_t width, index_t step, const T* x, const T* centre, const T* rest,        \
     const T* scale, const T* offset, T max_value, T* y))                                          \
  X(normalize_columns_add,                                                                         \
    (index_t rows, index_t width, index_t step, const T* x, const T* centre, const T* rest,        \
     const T* scale, const T* offset, const T* addend, bool relu, T* y))                           \
  X(normalize_columns_grad,                                                                        \
    (index_t rows, index_t width, index_t step, const T* dy, const T* x, const T* centre,          \
     const T* rest, const T* scale, const T* pull, const T* push, T* dx))                          \
  X(normalize_columns_relu_grad,                                                                   \
    (index_t rows, index_t width, index_t step, const T* dy, const T* x, const T* centre,          \
     const T* rest, const T* scale, const T* offset, T max_value, const T* pull, const T* push,    \
     T* dx))                                                                                       \
  /* normalization_row_kernel.hpp */                                                               \
  X(row_sum, (index_t n, const T* x, double* sum))                                                 \
  X(row_moments, (index_t n, const T* x, T centre, double* sum, double* squares))                  \
  X(row_products, (index_t n, const T* dy, const T* x, const T* gamma, T centre, T rest, T scale,  \
                   double* sum, double* product, double* dgamma, double* dbeta))                   \
  X(normalize_row,                                                                                 \
    (index_t n, const T* x, T centre, T rest, T scale, const T* gamma, const T* beta, T* y))       \
  X(normalize_row_grad, (index_t n, const T* dy, const T* x, T centre, T rest, T scale,            \
                         const T* gamma, T pull, T offset, T* dx))                                 \
  /* merge_kernel.hpp */                                                                           \
  X(subtract, (index_t n, const T* a, const T* b, T* y))                                           \
  X(multiply, (index_t n, const T* a, const T* b, T* y))                                           \
  X(divide, (index_t n, T divisor, const T* x, T* y))                                              \
  X(maximum, (index_t n, const T* a, const T* b, T* y))                                            \
  X(minimum, (index_t n, const T* a, const T* b, T* y))                                            \
  X(maximum_grad, (index_t n, const T* dy, const T* x, const T* other, T* dx))                     \
  X(minimum_grad, (index_t n, const T* dy, const T* x, const T* other, T* dx))                     \
  /* optimizer_kernel.hpp */                                                                       \
  X(decay_weights, (index_t n, T rate, T * w))                                                     \
  X(sgd, (index_t n, T rate, const T* g, T* w))                                                    \
  X(sgd_momentum, (index_t n, T rate, T momentum, bool nesterov, const T* g, T* w, T* v))          \
  X(adam, (index_t n, T alpha, T gain_1, T gain_2, T epsilon, const T* g, T* w, T* m, T* v))       \
  X(adam_amsgrad,                                                                                  \
    (index_t n, T alpha, T gain_1, T gain_2, T epsilon, const T* g, T* w, T* m, T* v, T* largest)) \
  X(rmsprop,                                                                                       \
    (index_t n, T rate, T gain, T epsilon, T momentum, const T* g, T* w, T* v, T* u, T* b))        \
  X(adagrad, (index_t n, T rate, T epsilon, const T* g, T* w, T* v))                               \
  X(adadelta, (index_t n, T rate, T gain, T epsilon, const T* g, T* w, T* v, T* d))                \
  X(adamax, (index_t n, T alpha, T gain, T beta_2, T epsilon, const T* g, T* w, T* m, T* u))       \
  X(nadam, (index_t n, T momentum_rate, T gradient_rate, T correction, T gain_1, T gain_2,         \
            T epsilon, const T* g, T* w, T* m, T* v))                                              \
  X(lion, (index_t n, T rate, T beta_1, T gain_1, T gain_2, const T* g, T* w, T* m))

template <class T>
struct Table {
  int lanes;
  int vectors;                     // widest tile, in vectors
  int tile_rows[max_vectors + 1];  // by vectors; [0] unused
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

// What the functions and the node of transposed convolution share.
//
// Everything runs on the plan of the convolution that goes from y to x: its input gradient is the
// transposed convolution, its output the gradient of x, its kernel gradient the kernel's.
#pragma once

#include "conv_plan.hpp"
#include "pycnn/conv_transpose.hpp"

namespace pycnn {

/// The one validator. The geometry is that of the convolution from y to x: its C is the number of
/// filters, its F that of the channels of x.
ConvGeometry conv_transpose_geometry(const char* op, const Shape& x, const Shape& kernel,
                                     const ConvTransposeParams& params);

Shape conv_transpose_output_shape(const char* op, const ConvGeometry& geometry, index_t N,
                                  index_t spatial_rank);

/// out (width) = the sum of all rows of x (rows, width), cut and added by the shape alone.
template <class T>
void sum_pixels(index_t rows, index_t width, const T* x, T* out);

}  // namespace pycnn

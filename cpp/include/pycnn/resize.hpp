// Resizing of images and rescaling of their values, with gradients.
//
// Pixel centres lie at half-integers: output pixel o of an axis sees the input at
// u = (o + 1/2) in / out - 1/2. nearest takes pixel floor(u + 1/2); bilinear interpolates between
// floor(u) and floor(u) + 1, both clamped to the image. No antialiasing when shrinking:
// keras.ops.image.resize with antialias=False.
#pragma once

#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class Interpolation { nearest, bilinear };

/// The interpolation of that name; throws std::invalid_argument for an unknown one.
Interpolation interpolation_from_name(const std::string& name);

/// (N, height, width, C) for x (N, H, W, C)
Shape resize_output_shape(const Shape& x, index_t height, index_t width);

/// x (N, H, W, C) to y (N, OH, OW, C), which says the size
template <class T>
void resize(ConstView<T> x, Interpolation interpolation, TensorView<T> y);

/// dx (N, H, W, C) from dy (N, OH, OW, C)
template <class T>
void resize_grad(ConstView<T> dy, Interpolation interpolation, TensorView<T> dx);

/// y = scale x + offset; x and y any shape, the same, possibly the same memory
template <class T>
void rescale(ConstView<T> x, double scale, double offset, TensorView<T> y);

/// dx = scale dy
template <class T>
void rescale_grad(ConstView<T> dy, double scale, TensorView<T> dx);

}  // namespace pycnn

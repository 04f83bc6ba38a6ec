// Resizing of images and rescaling of their values, with gradients.
//
// Output pixel o of an axis sees the input at
//   half_pixel:     u = (o + 1/2) in / out - 1/2, centres at half-integers
//   align_corners:  u = o (in - 1) / (out - 1), or 0 when out is 1
//   asymmetric:     u = o in / out
// nearest takes pixel floor(u + 1/2); bilinear interpolates between floor(u) and floor(u) + 1, all
// clamped to the image. No antialiasing when shrinking: with half_pixel it is
// keras.ops.image.resize with antialias=False.
#pragma once

#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class Interpolation { nearest, bilinear };
enum class Coordinates { half_pixel, align_corners, asymmetric };

struct ResizeParams {
  Interpolation interpolation;
  Coordinates coordinates;

  ResizeParams(Interpolation interpolation_, Coordinates coordinates_ = Coordinates::half_pixel)
      : interpolation(interpolation_), coordinates(coordinates_) {}
};

/// The interpolation of that name; throws std::invalid_argument for an unknown one.
Interpolation interpolation_from_name(const std::string& name);
Coordinates coordinates_from_name(const std::string& name);

/// (N, height, width, C) for x (N, H, W, C)
Shape resize_output_shape(const Shape& x, index_t height, index_t width);

/// x (N, H, W, C) to y (N, OH, OW, C), which says the size
template <class T>
void resize(ConstView<T> x, const ResizeParams& params, TensorView<T> y);

/// dx (N, H, W, C) from dy (N, OH, OW, C)
template <class T>
void resize_grad(ConstView<T> dy, const ResizeParams& params, TensorView<T> dx);

/// y = scale x + offset; x and y any shape, the same, possibly the same memory
template <class T>
void rescale(ConstView<T> x, double scale, double offset, TensorView<T> y);

/// dx = scale dy
template <class T>
void rescale_grad(ConstView<T> dy, double scale, TensorView<T> dx);

}  // namespace pycnn

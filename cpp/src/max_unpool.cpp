// Max unpooling: scattering, and gathering for the gradient, one sample to a task.
#include "pycnn/max_unpool.hpp"

#include <algorithm>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

/// Numbers of one sample: `pooled` positions, of which each has an index below `pixels`.
struct Sizes {
  index_t batch, pooled, pixels, channels;
};

Sizes check_unpool(const char* op, const char* pooled_name, const Shape& pooled,
                   const ConstView<index_t>& indices, const char* full_name, const Shape& full) {
  PYCNN_CHECK(indices.shape == pooled, "[", op, "] indices must have the shape of ", pooled_name,
              ", ", pooled, "; got indices.shape=", indices.shape);
  PYCNN_CHECK(pooled.rank() >= 3 && pooled.rank() <= 5, "[", op, "] ", pooled_name,
              " must have rank 3, 4 or 5: (N, spatial axes, C); got shape ", pooled);
  PYCNN_CHECK(full.rank() == pooled.rank() && full[0] == pooled[0] && full.back() == pooled.back(),
              "[", op, "] ", full_name, " must have the batch and channels of indices, ", pooled,
              "; got ", full_name, ".shape=", full);
  Sizes sizes{pooled[0], 1, 1, pooled.back()};
  for (index_t axis = 1; axis < pooled.rank() - 1; ++axis) {
    sizes.pooled *= pooled[axis];
    sizes.pixels *= full[axis];
  }
  for (index_t i = 0; i < indices.size(); ++i) {
    const index_t index = indices.data[i];
    PYCNN_CHECK(index >= 0 && index < sizes.pixels, "[", op,
                "] indices must be positions among the ", sizes.pixels, " pixels of a sample of ",
                full_name, "; got indices=", index);
  }
  return sizes;
}

}  // namespace

Shape max_unpool_output_shape(const Shape& x, const std::vector<index_t>& output_size) {
  constexpr const char* op = "max_unpool";
  PYCNN_CHECK(x.rank() >= 3 && x.rank() <= 5, "[", op,
              "] input must have rank 3, 4 or 5: (N, spatial axes, C); got input shape ", x);
  PYCNN_CHECK(static_cast<index_t>(output_size.size()) == x.rank() - 2, "[", op,
              "] output_size must have ", x.rank() - 2, " values, one per spatial axis; got ",
              output_size.size());
  std::vector<index_t> extents{x[0]};
  for (index_t size : output_size) {
    PYCNN_CHECK(size >= 1 && size < index_t{1} << 60, "[", op,
                "] output_size must be positive and below 2^60; got output_size=", size);
    extents.push_back(size);
  }
  extents.push_back(x.back());
  return output_shape(op, extents);
}

template <class T>
void max_unpool(ConstView<T> x, ConstView<index_t> indices, TensorView<T> y) {
  const Sizes s = check_unpool("max_unpool", "x", x.shape, indices, "y", y.shape);
  parallel_for(s.batch, y.size(), [&](index_t n) {
    const index_t first = n * s.pooled * s.channels;
    T* const image = y.data + n * s.pixels * s.channels;
    std::fill_n(image, s.pixels * s.channels, T{0});
    for (index_t o = 0, i = first; o < s.pooled; ++o) {
      for (index_t c = 0; c < s.channels; ++c, ++i) {
        image[indices.data[i] * s.channels + c] = x.data[i];
      }
    }
  });
}

template <class T>
void max_unpool_grad(ConstView<T> dy, ConstView<index_t> indices, TensorView<T> dx) {
  const Sizes s = check_unpool("max_unpool_grad", "dx", dx.shape, indices, "dy", dy.shape);
  parallel_for(s.batch, dy.size(), [&](index_t n) {
    const index_t first = n * s.pooled * s.channels;
    const T* const image = dy.data + n * s.pixels * s.channels;
    const Scratch<std::uint8_t> taken(s.pixels * s.channels);
    std::fill_n(taken.data(), s.pixels * s.channels, std::uint8_t{0});
    // From the last one back: whoever comes second lost its place.
    for (index_t o = s.pooled - 1; o >= 0; --o) {
      for (index_t c = 0; c < s.channels; ++c) {
        const index_t i = first + o * s.channels + c;
        const index_t place = indices.data[i] * s.channels + c;
        dx.data[i] = taken[place] ? T{0} : image[place];
        taken[place] = 1;
      }
    }
  });
}

#define PYCNN_INSTANTIATE(T)                                                    \
  template void max_unpool<T>(ConstView<T>, ConstView<index_t>, TensorView<T>); \
  template void max_unpool_grad<T>(ConstView<T>, ConstView<index_t>, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

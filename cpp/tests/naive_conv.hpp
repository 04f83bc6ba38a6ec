// Convolution and its gradients as nested loops over the definition, in double precision.
//
// One visit of every (output, tap, channel, filter) that meets the input serves all of them. With
// small integers the results are exact, so the library's must be equal; with real numbers `sum of
// |a b|` bounds its rounding error.
#pragma once

#include <array>

#include "conv_geometry.hpp"
#include "test_data.hpp"

namespace pycnn::test {

struct ConvCase {
  std::string name;
  Shape x;       // (N, spatial..., C)
  Shape kernel;  // (kernel_size..., C / groups, F)
  ConvParams params;
};

/// Calls visit(x index, kernel index, y index) for each product of the convolution.
template <class Visit>
void for_each_product(const ConvCase& c, const Visit& visit) {
  const index_t axes = c.x.rank() - 2, C = c.x.back(), F = c.kernel.back();
  const std::vector<index_t> kernel_size(c.kernel.begin(), c.kernel.begin() + axes);
  std::array<Window, 3> window{{{1, 1, 1, 1, 0, 0, 1}, {1, 1, 1, 1, 0, 0, 1}, {}}};
  const std::vector<Window> windows =
      resolve_windows("naive", c.x, "kernel_size", kernel_size, c.params.strides,
                      c.params.dilation_rate, c.params.padding);
  for (std::size_t i = 0; i < windows.size(); ++i) window[3 - windows.size() + i] = windows[i];
  const auto [d, h, w] = window;
  const index_t group_channels = C / c.params.groups, group_filters = F / c.params.groups;

  const auto input_position = [](const Window& axis, index_t output, index_t tap) {
    return output * axis.stride - axis.before + tap * axis.dilation;
  };
  const auto inside = [](const Window& axis, index_t i) { return i >= 0 && i < axis.extent; };
  index_t y = 0;
  for (index_t n = 0; n < c.x[0]; ++n) {
    for (index_t od = 0; od < d.output; ++od) {
      for (index_t oh = 0; oh < h.output; ++oh) {
        for (index_t ow = 0; ow < w.output; ++ow, y += F) {
          for (index_t kd = 0; kd < d.size; ++kd) {
            for (index_t kh = 0; kh < h.size; ++kh) {
              for (index_t kw = 0; kw < w.size; ++kw) {
                const index_t id = input_position(d, od, kd), ih = input_position(h, oh, kh),
                              iw = input_position(w, ow, kw);
                if (!inside(d, id) || !inside(h, ih) || !inside(w, iw)) continue;
                const index_t pixel = ((n * d.extent + id) * h.extent + ih) * w.extent + iw;
                const index_t tap = (kd * h.size + kh) * w.size + kw;
                for (index_t f = 0; f < F; ++f) {
                  const index_t first = f / group_filters * group_channels;
                  for (index_t k = 0; k < group_channels; ++k) {
                    visit(pixel * C + first + k, (tap * group_channels + k) * F + f, y + f);
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

/// The algorithms that can compute it.
inline std::vector<ConvAlgorithm> algorithms_of(const ConvCase& c) {
  std::vector<ConvAlgorithm> algorithms{ConvAlgorithm::automatic, ConvAlgorithm::direct,
                                        ConvAlgorithm::gemm};
  if (conv_geometry("conv", c.x, c.kernel, c.params).fits_winograd()) {
    algorithms.push_back(ConvAlgorithm::winograd);
  }
  return algorithms;
}

/// Everything a convolution computes.
template <class T>
struct ConvResults {
  Tensor<T> y, dx, dkernel, dbias;

  /// With zeros to add to, or NaN to be overwritten.
  ConvResults(const ConvCase& c, T fill)
      : y(conv_output_shape(c.x, c.kernel, c.params), fill),
        dx(c.x, fill),
        dkernel(c.kernel, fill),
        dbias({c.kernel.back()}, fill) {}

  bool operator==(const ConvResults& other) const {
    return y.values == other.y.values && dx.values == other.dx.values &&
           dkernel.values == other.dkernel.values && dbias.values == other.dbias.values;
  }
};

template <class T>
struct ConvInputs {
  Tensor<T> x, kernel, bias, dy;
};

template <class T>
ConvResults<double> naive_conv(const ConvCase& c, const ConvInputs<T>& in) {
  ConvResults<double> out(c, 0.0);
  const index_t F = c.kernel.back();
  for_each_product(c, [&](index_t x, index_t kernel, index_t y) {
    out.y[y] += static_cast<double>(in.x[x]) * static_cast<double>(in.kernel[kernel]);
    out.dx[x] += static_cast<double>(in.dy[y]) * static_cast<double>(in.kernel[kernel]);
    out.dkernel[kernel] += static_cast<double>(in.dy[y]) * static_cast<double>(in.x[x]);
  });
  for (index_t i = 0; i < out.y.shape.size(); ++i) {
    out.y[i] += static_cast<double>(in.bias[i % F]);
    out.dbias[i % F] += static_cast<double>(in.dy[i]);
  }
  return out;
}

/// The library's results; every number starts as NaN.
template <class T>
ConvResults<T> library_conv(const ConvCase& c, const ConvInputs<T>& in, ConvAlgorithm algorithm) {
  ConvResults<T> out(c, std::numeric_limits<T>::quiet_NaN());
  ConvParams params = c.params;
  params.algorithm = algorithm;
  conv<T>(in.x.view(), in.kernel.view(), in.bias.view(), params, out.y.view());
  conv_grad<T>(in.dy.view(), in.x.view(), in.kernel.view(), params, out.dx.view(),
               out.dkernel.view(), out.dbias.view());
  return out;
}

template <class T>
ConvInputs<T> integer_inputs(const ConvCase& c, std::uint32_t seed) {
  return {integers<T>(c.x, 3, seed), integers<T>(c.kernel, 3, seed + 1),
          integers<T>({c.kernel.back()}, 9, seed + 2),
          integers<T>(conv_output_shape(c.x, c.kernel, c.params), 3, seed + 3)};
}

template <class T>
ConvInputs<T> real_inputs(const ConvCase& c, std::uint32_t seed) {
  return {reals<T>(c.x, seed), reals<T>(c.kernel, seed + 1), reals<T>({c.kernel.back()}, seed + 2),
          reals<T>(conv_output_shape(c.x, c.kernel, c.params), seed + 3)};
}

}  // namespace pycnn::test

// Public convolution and dense functions: validate, plan, pack, run.
#include "pycnn/conv.hpp"

#include "check.hpp"
#include "conv_plan.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

void check_shape(const char* op, const char* name, const Shape& shape, const Shape& expected) {
  PYCNN_CHECK(shape == expected, "[", op, "] ", name, " must have shape ", expected, "; got ", name,
              ".shape=", shape);
}

/// Of a convolution of x. conv_geometry has made sure that it fits.
Shape output_shape_of(const ConvGeometry& geometry, const Shape& x) {
  return conv_output_shape("conv", geometry, x[0], x.rank() - 2);
}

template <class T>
void forward(const char* op, const ConvGeometry& geometry, ConvAlgorithm algorithm, index_t N,
             ConstView<T> x, ConstView<T> kernel, ConstView<T> bias, TensorView<T> y) {
  if (bias) check_shape(op, "bias", bias.shape, {geometry.F});
  const ConvPlan<T> plan(geometry, algorithm);
  const Scratch<T> packed(plan.packed_size());
  plan.pack(kernel.data, packed.data());
  plan.forward(N, x.data, plan.panels(kernel.data, packed.data()), bias.data, Activation::linear,
               y.data);
}

template <class T>
void backward(const char* op, const ConvGeometry& geometry, ConvAlgorithm algorithm, index_t N,
              ConstView<T> dy, ConstView<T> x, ConstView<T> kernel, TensorView<T> dx,
              TensorView<T> dkernel, TensorView<T> dbias) {
  if (dx) check_shape(op, "dx", dx.shape, x.shape);
  if (dkernel) check_shape(op, "dkernel", dkernel.shape, kernel.shape);
  if (dbias) check_shape(op, "dbias", dbias.shape, {geometry.F});
  PYCNN_CHECK(dkernel || !dbias, "[", op, "] dbias comes with dkernel; got dbias alone");
  const ConvPlan<T> plan(geometry, algorithm);
  if (dx) {
    const Scratch<T> packed(plan.packed_grad_size());
    plan.pack_grad(kernel.data, packed.data());
    plan.input_grad(N, dy.data, plan.grad_panels(kernel.data, packed.data()), nullptr, dx.data);
  }
  if (dkernel) plan.kernel_grad(N, x.data, dy.data, dkernel.data, dbias.data);
}

}  // namespace

Shape conv_output_shape(const Shape& x, const Shape& kernel, const ConvParams& params) {
  return output_shape_of(conv_geometry("conv", x, kernel, params), x);
}

template <class T>
void conv(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias, const ConvParams& params,
          TensorView<T> y) {
  const ConvGeometry geometry = conv_geometry("conv", x.shape, kernel.shape, params);
  check_shape("conv", "y", y.shape, output_shape_of(geometry, x.shape));
  forward("conv", geometry, params.algorithm, x.shape[0], x, kernel, bias, y);
}

template <class T>
void conv_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel, const ConvParams& params,
               TensorView<T> dx, TensorView<T> dkernel, TensorView<T> dbias) {
  const ConvGeometry geometry = conv_geometry("conv_grad", x.shape, kernel.shape, params);
  check_shape("conv_grad", "dy", dy.shape, output_shape_of(geometry, x.shape));
  backward("conv_grad", geometry, params.algorithm, x.shape[0], dy, x, kernel, dx, dkernel, dbias);
}

Shape depthwise_conv_output_shape(const Shape& x, const Shape& kernel, const ConvParams& params) {
  return output_shape_of(depthwise_conv_geometry("depthwise_conv", x, kernel, params), x);
}

template <class T>
void depthwise_conv(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias,
                    const ConvParams& params, TensorView<T> y) {
  constexpr const char* op = "depthwise_conv";
  const ConvGeometry geometry = depthwise_conv_geometry(op, x.shape, kernel.shape, params);
  check_shape(op, "y", y.shape, output_shape_of(geometry, x.shape));
  forward(op, geometry, params.algorithm, x.shape[0], x, kernel, bias, y);
}

template <class T>
void depthwise_conv_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel,
                         const ConvParams& params, TensorView<T> dx, TensorView<T> dkernel,
                         TensorView<T> dbias) {
  constexpr const char* op = "depthwise_conv_grad";
  const ConvGeometry geometry = depthwise_conv_geometry(op, x.shape, kernel.shape, params);
  check_shape(op, "dy", dy.shape, output_shape_of(geometry, x.shape));
  backward(op, geometry, params.algorithm, x.shape[0], dy, x, kernel, dx, dkernel, dbias);
}

Shape dense_output_shape(const Shape& x, const Shape& kernel) {
  return {x[0], dense_geometry("dense", x, kernel).F};
}

template <class T>
void dense(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias, TensorView<T> y) {
  const ConvGeometry geometry = dense_geometry("dense", x.shape, kernel.shape);
  check_shape("dense", "y", y.shape, {x.shape[0], geometry.F});
  forward("dense", geometry, ConvAlgorithm::automatic, x.shape[0], x, kernel, bias, y);
}

template <class T>
void dense_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel, TensorView<T> dx,
                TensorView<T> dkernel, TensorView<T> dbias) {
  const ConvGeometry geometry = dense_geometry("dense_grad", x.shape, kernel.shape);
  check_shape("dense_grad", "dy", dy.shape, {x.shape[0], geometry.F});
  backward("dense_grad", geometry, ConvAlgorithm::automatic, x.shape[0], dy, x, kernel, dx, dkernel,
           dbias);
}

#define PYCNN_INSTANTIATE(T)                                                                   \
  template void conv<T>(ConstView<T>, ConstView<T>, ConstView<T>, const ConvParams&,           \
                        TensorView<T>);                                                        \
  template void conv_grad<T>(ConstView<T>, ConstView<T>, ConstView<T>, const ConvParams&,      \
                             TensorView<T>, TensorView<T>, TensorView<T>);                     \
  template void depthwise_conv<T>(ConstView<T>, ConstView<T>, ConstView<T>, const ConvParams&, \
                                  TensorView<T>);                                              \
  template void depthwise_conv_grad<T>(ConstView<T>, ConstView<T>, ConstView<T>,               \
                                       const ConvParams&, TensorView<T>, TensorView<T>,        \
                                       TensorView<T>);                                         \
  template void dense<T>(ConstView<T>, ConstView<T>, ConstView<T>, TensorView<T>);             \
  template void dense_grad<T>(ConstView<T>, ConstView<T>, ConstView<T>, TensorView<T>,         \
                              TensorView<T>, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Activations over whole tensors, cut into blocks for the threads.
#include "activation.hpp"

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 14;

index_t cost(Activation kind) { return kind == Activation::relu ? 1 : 16; }

}  // namespace

Activation activation_from_name(const std::string& name) {
  if (name == "linear") return Activation::linear;
  if (name == "relu") return Activation::relu;
  if (name == "sigmoid") return Activation::sigmoid;
  if (name == "tanh") return Activation::tanh;
  throw std::invalid_argument(
      message("[activation] name must be one of linear, relu, sigmoid, tanh; got name=", name));
}

template <class T>
void activation(Activation kind, ConstView<T> x, TensorView<T> y) {
  PYCNN_CHECK(x.shape == y.shape, "[activation] y must have the shape of x, ", x.shape,
              "; got y.shape=", y.shape);
  parallel_blocks(x.size(), block, cost(kind), [&](index_t begin, index_t end) {
    apply_activation(kind, end - begin, x.data + begin, y.data + begin);
  });
}

template <class T>
void activation_grad(Activation kind, ConstView<T> dy, ConstView<T> y, TensorView<T> dx) {
  PYCNN_CHECK(dy.shape == y.shape, "[activation_grad] dy must have the shape of y, ", y.shape,
              "; got dy.shape=", dy.shape);
  PYCNN_CHECK(dx.shape == y.shape, "[activation_grad] dx must have the shape of y, ", y.shape,
              "; got dx.shape=", dx.shape);
  parallel_blocks(y.size(), block, cost(kind), [&](index_t begin, index_t end) {
    apply_activation_grad(kind, end - begin, dy.data + begin, y.data + begin, dx.data + begin);
  });
}

#define PYCNN_INSTANTIATE(T)                                            \
  template void activation<T>(Activation, ConstView<T>, TensorView<T>); \
  template void activation_grad<T>(Activation, ConstView<T>, ConstView<T>, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

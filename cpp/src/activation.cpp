// Activations over whole tensors, cut into blocks for the threads, and their parameters.
#include "activation.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 14;

index_t cost(const Activation& activation) { return activation == Activation::relu ? 1 : 16; }

struct Name {
  const char* name;
  Activation::Kind kind;
};
constexpr Name names[] = {
    {"celu", Activation::celu},
    {"elu", Activation::elu},
    {"exponential", Activation::exponential},
    {"gelu", Activation::gelu},
    {"hard_sigmoid", Activation::hard_sigmoid},
    {"hard_silu", Activation::hard_silu},
    {"hard_tanh", Activation::hard_tanh},
    {"leaky_relu", Activation::relu},
    {"linear", Activation::linear},
    {"log_sigmoid", Activation::log_sigmoid},
    {"mish", Activation::mish},
    {"relu", Activation::relu},
    {"relu6", Activation::relu},
    {"selu", Activation::selu},
    {"sigmoid", Activation::sigmoid},
    {"silu", Activation::silu},
    {"softplus", Activation::softplus},
    {"softsign", Activation::softsign},
    {"tanh", Activation::tanh},
};

/// `value` as T, the largest finite number where it does not fit: infinity times zero is no number.
template <class T>
T finite(double value) {
  return static_cast<T>(std::min(value, static_cast<double>(std::numeric_limits<T>::max())));
}

/// above x for x > 0, else below (exp(rate x) - 1)
template <class T>
struct EluConstants {
  T above = 1, below = 1, rate = 1;

  explicit EluConstants(const Activation& activation) {
    constexpr double scale = 1.0507009873554805, alpha = 1.6732632423543772;
    if (activation == Activation::selu) {  // Klambauer et al. 2017
      above = static_cast<T>(scale);
      below = static_cast<T>(scale * alpha);
      return;
    }
    below = finite<T>(activation.alpha);
    if (activation == Activation::celu) rate = finite<T>(1 / activation.alpha);
  }
};

void set_parameter(Activation& activation, const std::string& name, const std::string& parameter,
                   double value) {
  const bool is_relu = activation == Activation::relu;
  const bool has_alpha = activation == Activation::elu || activation == Activation::celu;
  if (is_relu && parameter == "negative_slope") {
    activation.negative_slope = value;
  } else if (is_relu && parameter == "max_value") {
    activation.max_value = value;
  } else if (is_relu && parameter == "threshold") {
    activation.threshold = value;
  } else if (has_alpha && parameter == "alpha") {
    activation.alpha = value;
  } else if (activation == Activation::gelu && parameter == "approximate") {
    activation.approximate = value != 0;
  } else {
    throw std::invalid_argument(message("[activation] ", name, " has no parameter of that name; ",
                                        "got parameter=", parameter));
  }
}

}  // namespace

Activation activation_from_name(const std::string& name,
                                const std::map<std::string, double>& parameters) {
  const auto* const found = std::find_if(std::begin(names), std::end(names),
                                         [&](const Name& each) { return name == each.name; });
  if (found == std::end(names)) {
    std::string list;
    for (const Name& each : names) list += (list.empty() ? "" : ", ") + std::string(each.name);
    throw std::invalid_argument(
        message("[activation] name must be one of ", list, "; got name=", name));
  }
  Activation activation = found->kind;
  if (name == "leaky_relu") activation.negative_slope = 0.2;
  if (name == "relu6") activation.max_value = 6;
  for (const auto& [parameter, value] : parameters) {
    set_parameter(activation, name, parameter, value);
  }
  check_activation(activation);
  return activation;
}

void check_activation(const Activation& activation) {
  PYCNN_CHECK(activation.negative_slope >= 0 && std::isfinite(activation.negative_slope),
              "[relu] negative_slope must be a finite number >= 0; got negative_slope=",
              activation.negative_slope);
  PYCNN_CHECK(activation.max_value >= 0,
              "[relu] max_value must be at least 0; got max_value=", activation.max_value);
  PYCNN_CHECK(
      activation.threshold >= 0 && std::isfinite(activation.threshold),
      "[relu] threshold must be a finite number >= 0; got threshold=", activation.threshold);
  PYCNN_CHECK(activation.alpha >= 0 && std::isfinite(activation.alpha),
              "[elu] alpha must be a finite number >= 0; got alpha=", activation.alpha);
  PYCNN_CHECK(activation != Activation::celu || activation.alpha > 0,
              "[celu] alpha must be above 0; got alpha=", activation.alpha);
}

bool gradient_reads_input(const Activation& activation) {
  switch (activation.kind) {
    case Activation::gelu:
    case Activation::hard_silu:
    case Activation::mish:
    case Activation::silu:
      return true;
    default:
      return false;
  }
}

template <class T>
void apply_activation(const Activation& activation, index_t n, const T* x, T* y) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  switch (activation.kind) {
    case Activation::linear:
      if (x != y) std::memcpy(y, x, static_cast<std::size_t>(n) * sizeof(T));
      return;
    case Activation::celu:
    case Activation::elu:
    case Activation::selu: {
      const EluConstants<T> constants(activation);
      return kernel.elu(n, constants.above, constants.below, constants.rate, x, y);
    }
    case Activation::exponential:
      return kernel.exp(n, x, y);
    case Activation::gelu:
      return activation.approximate ? kernel.gelu_tanh(n, x, y) : kernel.gelu(n, x, y);
    case Activation::hard_sigmoid:
      return kernel.hard_sigmoid(n, x, y);
    case Activation::hard_silu:
      return kernel.hard_silu(n, x, y);
    case Activation::hard_tanh:
      return kernel.hard_tanh(n, x, y);
    case Activation::log_sigmoid:
      return kernel.log_sigmoid(n, x, y);
    case Activation::mish:
      return kernel.mish(n, x, y);
    case Activation::relu:
      if (activation.is_plain_relu()) return kernel.relu(n, x, y);
      return kernel.rectifier(n, finite<T>(activation.negative_slope),
                              static_cast<T>(activation.max_value), finite<T>(activation.threshold),
                              x, y);
    case Activation::sigmoid:
      return kernel.sigmoid(n, x, y);
    case Activation::silu:
      return kernel.silu(n, x, y);
    case Activation::softplus:
      return kernel.softplus(n, x, y);
    case Activation::softsign:
      return kernel.softsign(n, x, y);
    case Activation::tanh:
      return kernel.tanh(n, x, y);
  }
}

template <class T>
void apply_activation_grad(const Activation& activation, index_t n, const T* dy, const T* kept,
                           T* dx) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  switch (activation.kind) {
    case Activation::linear:
      if (dx != dy) std::memcpy(dx, dy, static_cast<std::size_t>(n) * sizeof(T));
      return;
    case Activation::celu:
    case Activation::elu:
    case Activation::selu: {
      const EluConstants<T> constants(activation);
      return kernel.elu_grad(n, constants.above, constants.below, constants.rate, dy, kept, dx);
    }
    case Activation::exponential:
      return kernel.exp_grad(n, dy, kept, dx);
    case Activation::gelu:
      return activation.approximate ? kernel.gelu_tanh_grad(n, dy, kept, dx)
                                    : kernel.gelu_grad(n, dy, kept, dx);
    case Activation::hard_sigmoid:
      return kernel.hard_sigmoid_grad(n, dy, kept, dx);
    case Activation::hard_silu:
      return kernel.hard_silu_grad(n, dy, kept, dx);
    case Activation::hard_tanh:
      return kernel.hard_tanh_grad(n, dy, kept, dx);
    case Activation::log_sigmoid:
      return kernel.log_sigmoid_grad(n, dy, kept, dx);
    case Activation::mish:
      return kernel.mish_grad(n, dy, kept, dx);
    case Activation::relu:
      if (activation.is_plain_relu()) return kernel.relu_grad(n, dy, kept, dx);
      return kernel.rectifier_grad(n, finite<T>(activation.negative_slope),
                                   static_cast<T>(activation.max_value), dy, kept, dx);
    case Activation::sigmoid:
      return kernel.sigmoid_grad(n, dy, kept, dx);
    case Activation::silu:
      return kernel.silu_grad(n, dy, kept, dx);
    case Activation::softplus:
      return kernel.softplus_grad(n, dy, kept, dx);
    case Activation::softsign:
      return kernel.softsign_grad(n, dy, kept, dx);
    case Activation::tanh:
      return kernel.tanh_grad(n, dy, kept, dx);
  }
}

template <class T>
void activation(const Activation& activation, ConstView<T> x, TensorView<T> y) {
  check_activation(activation);
  PYCNN_CHECK(x.shape == y.shape, "[activation] y must have the shape of x, ", x.shape,
              "; got y.shape=", y.shape);
  parallel_blocks(x.size(), block, cost(activation), [&](index_t begin, index_t end) {
    apply_activation(activation, end - begin, x.data + begin, y.data + begin);
  });
}

template <class T>
void activation_grad(const Activation& activation, ConstView<T> dy, ConstView<T> kept,
                     TensorView<T> dx) {
  check_activation(activation);
  PYCNN_CHECK(dy.shape == kept.shape, "[activation_grad] dy must have the shape of ",
              gradient_reads_input(activation) ? "x, " : "y, ", kept.shape,
              "; got dy.shape=", dy.shape);
  PYCNN_CHECK(dx.shape == kept.shape, "[activation_grad] dx must have the shape of dy, ", dy.shape,
              "; got dx.shape=", dx.shape);
  parallel_blocks(kept.size(), block, cost(activation), [&](index_t begin, index_t end) {
    apply_activation_grad(activation, end - begin, dy.data + begin, kept.data + begin,
                          dx.data + begin);
  });
}

#define PYCNN_INSTANTIATE(T)                                                                  \
  template void apply_activation<T>(const Activation&, index_t, const T*, T*);                \
  template void apply_activation_grad<T>(const Activation&, index_t, const T*, const T*, T*); \
  template void activation<T>(const Activation&, ConstView<T>, TensorView<T>);                \
  template void activation_grad<T>(const Activation&, ConstView<T>, ConstView<T>, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Activations, elementwise, with their gradients.
//
//   relu          x up to max_value for x > threshold, else negative_slope (x - threshold)
//   sigmoid       1 / (1 + exp(-x))                 tanh          tanh(x)
//   elu           x for x > 0, else alpha (exp(x) - 1)
//   selu          1.0507 elu(x), alpha = 1.6733     celu          elu with exp(x / alpha)
//   softplus      log(1 + exp(x))                   log_sigmoid   -softplus(-x)
//   softsign      x / (1 + |x|)                     exponential   exp(x)
//   hard_sigmoid  x / 6 + 1/2 within 0 and 1        hard_tanh     x within -1 and 1
//   silu          x sigmoid(x)                      hard_silu     x hard_sigmoid(x)
//   gelu          x P(X <= x), X normal; approximate: x (1 + tanh(k (x + 0.044715 x^3))) / 2
//   mish          x tanh(softplus(x))
// An infinite x gives the limit. Names and constants are Keras's.
#pragma once

#include <limits>
#include <map>
#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

/// An activation with its parameters; the name alone, as in Activation::elu, has Keras's defaults.
struct Activation {
  enum Kind {
    linear,
    celu,
    elu,
    exponential,
    gelu,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    log_sigmoid,
    mish,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh
  };

  constexpr Activation(Kind name = linear) : kind(name) {}

  Kind kind;
  double negative_slope = 0;                                   // relu: at least 0
  double max_value = std::numeric_limits<double>::infinity();  // relu: at least 0
  double threshold = 0;                                        // relu: at least 0
  double alpha = 1;                                            // elu: at least 0; celu: above 0
  bool approximate = false;                                    // gelu

  bool operator==(Kind other) const { return kind == other; }
  bool operator!=(Kind other) const { return kind != other; }
  /// max(0, x) up to max_value, without bends elsewhere
  bool is_limited_relu() const { return kind == relu && negative_slope == 0 && threshold == 0; }
  /// max(0, x)
  bool is_plain_relu() const {
    return is_limited_relu() && max_value == std::numeric_limits<double>::infinity();
  }
};

/// The activation of that name, also "leaky_relu" and "relu6", with the given parameters in place
/// of the defaults; throws std::invalid_argument for an unknown name or parameter.
Activation activation_from_name(const std::string& name,
                                const std::map<std::string, double>& parameters = {});

/// Throws std::invalid_argument unless the parameters are in range.
void check_activation(const Activation& activation);

/// Whether the gradient is taken from the input x; else it is taken from the output y.
bool gradient_reads_input(const Activation& activation);

/// y = f(x); x and y any shape, the same; y may lie on x
template <class T>
void activation(const Activation& activation, ConstView<T> x, TensorView<T> y);

/// dx = dy f'(x) from `kept`, which is x where gradient_reads_input() says so, else y = f(x); all
/// of one shape; dx may lie on either
template <class T>
void activation_grad(const Activation& activation, ConstView<T> dy, ConstView<T> kept,
                     TensorView<T> dx);

}  // namespace pycnn

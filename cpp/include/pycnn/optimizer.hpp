// Optimizers: one fused pass over flat buffers, with Keras 3's update rules.
//
// w parameters, g gradients, a the learning rate, t the iteration from 1:
//   every kind with weight_decay d: first w -= d a w (decoupled: Loshchilov and Hutter 2019)
//   sgd      w -= a g;  with momentum v = momentum v - a g, w += v;
//            with nesterov w += momentum v - a g (Sutskever et al. 2013)
//   adam     m += (1 - beta_1) (g - m), v += (1 - beta_2) (g^2 - v),
//            w -= a sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)  (Kingma and Ba
//            2015); with amsgrad the largest v so far in place of v (Reddi et al. 2018)
//   adamw    adam with weight_decay given
//   rmsprop  v = rho v + (1 - rho) g^2, s = a g / sqrt(v + epsilon) (Hinton 2012); with centered,
//            b = rho b + (1 - rho) g and v - b^2 in place of v; w -= s, or with momentum
//            u = momentum u + s, w -= u
//   adagrad  v += g^2, w -= a g / sqrt(v + epsilon) (Duchi, Hazan and Singer 2011)
//   adadelta v = rho v + (1 - rho) g^2, s = sqrt(d + epsilon) / sqrt(v + epsilon) g,
//            d = rho d + (1 - rho) s^2, w -= a s (Zeiler 2012)
//   adamax   m as adam, u = max(beta_2 u, |g|), w -= a / (1 - beta_1^t) m / (u + epsilon)
//            (Kingma and Ba 2015)
//   nadam    m and v as adam, b_t = beta_1 (1 - 0.96^t / 2), P_t = b_1 ... b_t,
//            w -= a (b_(t+1) / (1 - P_(t+1)) m + (1 - b_t) / (1 - P_t) g)
//                   / (sqrt(v / (1 - beta_2^t)) + epsilon)  (Dozat 2016)
//   lion     w -= a sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g
//            (Chen et al. 2023)
// Slots in this order: sgd [v]; adam m, v, [largest v]; rmsprop v, [u], [b]; adagrad v;
// adadelta v, d; adamax m, u; nadam m, v; lion m.
#pragma once

#include <optional>
#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class OptimizerKind { sgd, adam, adamw, rmsprop, adagrad, adadelta, adamax, nadam, lion };

/// The kind of that name; throws std::invalid_argument for an unknown one.
OptimizerKind optimizer_from_name(const std::string& name);

/// Settings of every kind; each uses those of its rule above and ignores the rest.
struct OptimizerConfig {
  OptimizerKind kind = OptimizerKind::sgd;
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  double rho = 0.9;
  bool centered = false;
  double initial_accumulator_value = 0.1;
  std::optional<double> weight_decay;
};

/// Throws std::invalid_argument, naming the setting, when one is out of its range.
void check_optimizer(const OptimizerConfig& config);

/// Buffers, each as long as the parameters, that the rule keeps from step to step.
int slot_count(const OptimizerConfig& config);
/// What they are filled with before the first step.
double slot_start(const OptimizerConfig& config);

/// One step of n parameters; `learning_rate` is that of this step, `iteration` counts from 1.
/// Without `decays` the weights do not decay.
template <class T>
void optimizer_update(const OptimizerConfig& config, index_t iteration, double learning_rate,
                      index_t n, T* parameters, const T* gradients, T* const* slots,
                      bool decays = true);

}  // namespace pycnn

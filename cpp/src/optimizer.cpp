// Chooses the update rule's kernel and works out its scalars, in double precision, once a step.
#include "pycnn/optimizer.hpp"

#include <cmath>

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 13;
constexpr index_t cost = 4;

/// base^exponent by repeated squaring: pow differs between C libraries.
double power(double base, index_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2, base *= base) {
    if (exponent % 2 == 1) result *= base;
  }
  return result;
}

bool is_adam(const OptimizerConfig& config) {
  return config.kind == OptimizerKind::adam || config.kind == OptimizerKind::adamw;
}

void check_fraction(const char* name, double value) {
  PYCNN_CHECK(value >= 0 && value < 1, "[optimizer] ", name,
              " must be at least 0 and below 1; got ", name, "=", value);
}

/// One step of one block, slots[i] being that block of slot i.
template <class T>
class Update {
 public:
  Update(const OptimizerConfig& config, index_t iteration, double learning_rate)
      : config_(config),
        rate_(static_cast<T>(learning_rate)),
        decay_(static_cast<T>(config.weight_decay.value_or(0) * learning_rate)),
        alpha_(static_cast<T>(learning_rate * std::sqrt(1 - power(config.beta_2, iteration)) /
                              (1 - power(config.beta_1, iteration)))) {}

  void operator()(index_t n, const T* g, T* w, T* const* slots, index_t offset) const {
    const kernels::Table<T>& kernel = kernel_table<T>();
    const auto slot = [&](int i) { return slots[i] + offset; };
    if (config_.weight_decay) kernel.decay_weights(n, decay_, w);
    switch (config_.kind) {
      case OptimizerKind::sgd:
        if (config_.momentum == 0) return kernel.sgd(n, rate_, g, w);
        return kernel.sgd_momentum(n, rate_, static_cast<T>(config_.momentum), config_.nesterov, g,
                                   w, slot(0));
      case OptimizerKind::adam:
      case OptimizerKind::adamw: {
        const auto gain_1 = static_cast<T>(1 - config_.beta_1);
        const auto gain_2 = static_cast<T>(1 - config_.beta_2);
        const auto epsilon = static_cast<T>(config_.epsilon);
        if (config_.amsgrad) {
          return kernel.adam_amsgrad(n, alpha_, gain_1, gain_2, epsilon, g, w, slot(0), slot(1),
                                     slot(2));
        }
        return kernel.adam(n, alpha_, gain_1, gain_2, epsilon, g, w, slot(0), slot(1));
      }
      case OptimizerKind::rmsprop: {
        const bool with_momentum = config_.momentum > 0;
        T* const momentum = with_momentum ? slot(1) : nullptr;
        T* const average = config_.centered ? slot(with_momentum ? 2 : 1) : nullptr;
        return kernel.rmsprop(n, rate_, static_cast<T>(1 - config_.rho),
                              static_cast<T>(config_.epsilon), static_cast<T>(config_.momentum), g,
                              w, slot(0), momentum, average);
      }
    }
  }

 private:
  const OptimizerConfig& config_;
  T rate_, decay_, alpha_;
};

}  // namespace

OptimizerKind optimizer_from_name(const std::string& name) {
  if (name == "sgd") return OptimizerKind::sgd;
  if (name == "adam") return OptimizerKind::adam;
  if (name == "adamw") return OptimizerKind::adamw;
  if (name == "rmsprop") return OptimizerKind::rmsprop;
  throw std::invalid_argument(
      message("[optimizer] name must be one of sgd, adam, adamw, rmsprop; got name=", name));
}

void check_optimizer(const OptimizerConfig& config) {
  PYCNN_CHECK(config.learning_rate >= 0 && std::isfinite(config.learning_rate),
              "[optimizer] learning_rate must be finite and not negative; got learning_rate=",
              config.learning_rate);
  PYCNN_CHECK(config.momentum >= 0 && config.momentum <= 1,
              "[optimizer] momentum must lie between 0 and 1; got momentum=", config.momentum);
  check_fraction("beta_1", config.beta_1);
  check_fraction("beta_2", config.beta_2);
  PYCNN_CHECK(config.rho >= 0 && config.rho <= 1,
              "[optimizer] rho must lie between 0 and 1; got rho=", config.rho);
  PYCNN_CHECK(config.epsilon >= 0 && std::isfinite(config.epsilon),
              "[optimizer] epsilon must be finite and not negative; got epsilon=", config.epsilon);
  PYCNN_CHECK(
      !config.weight_decay || (*config.weight_decay >= 0 && std::isfinite(*config.weight_decay)),
      "[optimizer] weight_decay must be finite and not negative; got weight_decay=",
      *config.weight_decay);
  PYCNN_CHECK(config.kind != OptimizerKind::adamw || config.weight_decay,
              "[optimizer] adamw must have a weight_decay; got none");
}

int slot_count(const OptimizerConfig& config) {
  const int momentum = config.momentum > 0 ? 1 : 0;
  if (config.kind == OptimizerKind::sgd) return momentum;
  if (is_adam(config)) return config.amsgrad ? 3 : 2;
  return 1 + momentum + (config.centered ? 1 : 0);
}

template <class T>
void optimizer_update(const OptimizerConfig& config, index_t iteration, double learning_rate,
                      index_t n, T* parameters, const T* gradients, T* const* slots) {
  check_optimizer(config);
  PYCNN_CHECK(iteration >= 1,
              "[optimizer] iteration must be at least 1; got iteration=", iteration);
  PYCNN_CHECK(n >= 0, "[optimizer] n must not be negative; got n=", n);
  const Update<T> update(config, iteration, learning_rate);
  parallel_blocks(n, block, cost, [&](index_t begin, index_t end) {
    update(end - begin, gradients + begin, parameters + begin, slots, begin);
  });
}

#define PYCNN_INSTANTIATE(T)                                                              \
  template void optimizer_update<T>(const OptimizerConfig&, index_t, double, index_t, T*, \
                                    const T*, T* const*);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

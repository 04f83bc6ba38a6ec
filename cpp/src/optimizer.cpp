// Chooses the update rule's kernel and works out its scalars, in double precision, once a step.
#include "pycnn/optimizer.hpp"

#include <cmath>
#include <utility>

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

const std::pair<const char*, OptimizerKind> names[] = {
    {"adadelta", OptimizerKind::adadelta}, {"adagrad", OptimizerKind::adagrad},
    {"adam", OptimizerKind::adam},         {"adamax", OptimizerKind::adamax},
    {"adamw", OptimizerKind::adamw},       {"lion", OptimizerKind::lion},
    {"nadam", OptimizerKind::nadam},       {"rmsprop", OptimizerKind::rmsprop},
    {"sgd", OptimizerKind::sgd},
};

/// The part of nadam's rule that depends on the iteration t only.
struct NadamSchedule {
  NadamSchedule(double beta_1, index_t t) {
    double decay = 1, product = 1;  // 0.96^i, P_i
    // Once P is lost in the rounding of 1 - P it need not be followed.
    for (index_t i = 1; i < t && product > 1e-20; ++i) {
      decay *= 0.96;
      product *= beta_1 * (1 - 0.5 * decay);
    }
    now = beta_1 * (1 - 0.5 * power(0.96, t));
    next = beta_1 * (1 - 0.5 * power(0.96, t + 1));
    of_gradient = (1 - now) / (1 - product * now);
    of_momentum = next / (1 - product * now * next);
  }
  double now, next, of_gradient, of_momentum;
};

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
                              (1 - power(config.beta_1, iteration)))) {
    if (config.kind == OptimizerKind::adamax) {
      alpha_ = static_cast<T>(learning_rate / (1 - power(config.beta_1, iteration)));
    } else if (config.kind == OptimizerKind::nadam) {
      const NadamSchedule schedule(config.beta_1, iteration);
      momentum_rate_ = static_cast<T>(learning_rate * schedule.of_momentum);
      gradient_rate_ = static_cast<T>(learning_rate * schedule.of_gradient);
      correction_ = static_cast<T>(1 / (1 - power(config.beta_2, iteration)));
    }
  }

  void operator()(index_t n, const T* g, T* w, T* const* slots, index_t offset, bool decays) const {
    const kernels::Table<T>& kernel = kernel_table<T>();
    const auto gain_1 = static_cast<T>(1 - config_.beta_1);
    const auto gain_2 = static_cast<T>(1 - config_.beta_2);
    const auto gain = static_cast<T>(1 - config_.rho);
    const auto epsilon = static_cast<T>(config_.epsilon);
    const auto slot = [&](int i) { return slots[i] + offset; };
    if (config_.weight_decay && decays) kernel.decay_weights(n, decay_, w);
    switch (config_.kind) {
      case OptimizerKind::sgd:
        if (config_.momentum == 0) return kernel.sgd(n, rate_, g, w);
        return kernel.sgd_momentum(n, rate_, static_cast<T>(config_.momentum), config_.nesterov, g,
                                   w, slot(0));
      case OptimizerKind::adam:
      case OptimizerKind::adamw:
        if (config_.amsgrad) {
          return kernel.adam_amsgrad(n, alpha_, gain_1, gain_2, epsilon, g, w, slot(0), slot(1),
                                     slot(2));
        }
        return kernel.adam(n, alpha_, gain_1, gain_2, epsilon, g, w, slot(0), slot(1));
      case OptimizerKind::rmsprop: {
        const bool with_momentum = config_.momentum > 0;
        T* const momentum = with_momentum ? slot(1) : nullptr;
        T* const average = config_.centered ? slot(with_momentum ? 2 : 1) : nullptr;
        return kernel.rmsprop(n, rate_, gain, epsilon, static_cast<T>(config_.momentum), g, w,
                              slot(0), momentum, average);
      }
      case OptimizerKind::adagrad:
        return kernel.adagrad(n, rate_, epsilon, g, w, slot(0));
      case OptimizerKind::adadelta:
        return kernel.adadelta(n, rate_, gain, epsilon, g, w, slot(0), slot(1));
      case OptimizerKind::adamax:
        return kernel.adamax(n, alpha_, gain_1, static_cast<T>(config_.beta_2), epsilon, g, w,
                             slot(0), slot(1));
      case OptimizerKind::nadam:
        return kernel.nadam(n, momentum_rate_, gradient_rate_, correction_, gain_1, gain_2, epsilon,
                            g, w, slot(0), slot(1));
      case OptimizerKind::lion:
        return kernel.lion(n, rate_, static_cast<T>(config_.beta_1), gain_1, gain_2, g, w, slot(0));
    }
  }

 private:
  const OptimizerConfig& config_;
  T rate_, decay_, alpha_;
  T momentum_rate_ = 0, gradient_rate_ = 0, correction_ = 0;  // nadam's
};

}  // namespace

OptimizerKind optimizer_from_name(const std::string& name) {
  std::string known;
  for (const auto& [own, kind] : names) {
    if (name == own) return kind;
    known += (known.empty() ? "" : ", ") + std::string(own);
  }
  throw std::invalid_argument(
      message("[optimizer] name must be one of ", known, "; got name=", name));
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
  PYCNN_CHECK(
      config.initial_accumulator_value >= 0 && std::isfinite(config.initial_accumulator_value),
      "[optimizer] initial_accumulator_value must be finite and not negative; got "
      "initial_accumulator_value=",
      config.initial_accumulator_value);
  PYCNN_CHECK(config.kind != OptimizerKind::adamw || config.weight_decay,
              "[optimizer] adamw must have a weight_decay; got none");
}

int slot_count(const OptimizerConfig& config) {
  const int momentum = config.momentum > 0 ? 1 : 0;
  switch (config.kind) {
    case OptimizerKind::sgd:
      return momentum;
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return config.amsgrad ? 3 : 2;
    case OptimizerKind::rmsprop:
      return 1 + momentum + (config.centered ? 1 : 0);
    case OptimizerKind::adagrad:
    case OptimizerKind::lion:
      return 1;
    case OptimizerKind::adadelta:
    case OptimizerKind::adamax:
    case OptimizerKind::nadam:
      return 2;
  }
  return 0;
}

double slot_start(const OptimizerConfig& config) {
  return config.kind == OptimizerKind::adagrad ? config.initial_accumulator_value : 0;
}

template <class T>
void optimizer_update(const OptimizerConfig& config, index_t iteration, double learning_rate,
                      index_t n, T* parameters, const T* gradients, T* const* slots, bool decays) {
  check_optimizer(config);
  PYCNN_CHECK(iteration >= 1,
              "[optimizer] iteration must be at least 1; got iteration=", iteration);
  PYCNN_CHECK(n >= 0, "[optimizer] n must not be negative; got n=", n);
  const Update<T> update(config, iteration, learning_rate);
  parallel_blocks(n, block, cost, [&](index_t begin, index_t end) {
    update(end - begin, gradients + begin, parameters + begin, slots, begin, decays);
  });
}

#define PYCNN_INSTANTIATE(T)                                                              \
  template void optimizer_update<T>(const OptimizerConfig&, index_t, double, index_t, T*, \
                                    const T*, T* const*, bool);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Optimizers: the same bits for threads, fused instruction sets and stretches; slots; settings.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "pycnn/optimizer.hpp"
#include "settings.hpp"
#include "test_data.hpp"

namespace pycnn {
namespace {

using namespace test;

const OptimizerKind kinds[] = {
    OptimizerKind::sgd,     OptimizerKind::adam,    OptimizerKind::adamw,
    OptimizerKind::rmsprop, OptimizerKind::adagrad, OptimizerKind::adadelta,
    OptimizerKind::adamax,  OptimizerKind::nadam,   OptimizerKind::lion};

OptimizerConfig plain(OptimizerKind kind) {
  OptimizerConfig config;
  config.kind = kind;
  config.weight_decay = 0.1;
  return config;
}

/// Every kind, plain and with the options that change its rule.
std::vector<OptimizerConfig> all_configs() {
  std::vector<OptimizerConfig> configs;
  for (OptimizerKind kind : kinds) {
    configs.push_back(plain(kind));
    OptimizerConfig full = configs.back();
    full.momentum = 0.8;
    full.nesterov = full.amsgrad = full.centered = true;
    configs.push_back(full);
  }
  return configs;
}

/// Parameters and slots after three steps, each taken in stretches of at most `longest` numbers.
template <class T>
std::vector<T> train(const OptimizerConfig& config, index_t n, index_t longest) {
  std::vector<T> w = reals<T>({n}, 1).values;
  const int count = slot_count(config);
  std::vector<std::vector<T>> slots(
      static_cast<std::size_t>(count),
      std::vector<T>(static_cast<std::size_t>(n), static_cast<T>(slot_start(config))));
  for (index_t iteration = 1; iteration <= 3; ++iteration) {
    const std::vector<T> g = reals<T>({n}, 1 + static_cast<unsigned>(iteration)).values;
    for (index_t begin = 0; begin < n; begin += longest) {
      std::vector<T*> pointers;
      for (auto& slot : slots) pointers.push_back(slot.data() + begin);
      optimizer_update(config, iteration, 0.01, std::min(longest, n - begin), w.data() + begin,
                       g.data() + begin, pointers.data());
    }
  }
  for (const auto& slot : slots) w.insert(w.end(), slot.begin(), slot.end());
  return w;
}

TEST_CASE_TEMPLATE("optimizer: the same bits for threads, instruction sets and stretches", T, float,
                   double) {
  const KeptSettings kept;
  constexpr index_t n = 50001;
  for (const OptimizerConfig& config : all_configs()) {
    CAPTURE(static_cast<int>(config.kind));
    std::vector<T> first;
    for (const std::string& name : fused_isas()) {
      set_isa(name);
      for (int threads : {1, 2, 3}) {
        set_num_threads(threads);
        CAPTURE(name);
        CAPTURE(threads);
        const std::vector<T> all = train<T>(config, n, n);
        if (first.empty()) first = all;
        CHECK(same_bits(all, first));
      }
      CHECK(same_bits(train<T>(config, n, 4001), first));
    }
  }
}

TEST_CASE("optimizer: weights that do not decay") {
  for (OptimizerKind kind : kinds) {
    const OptimizerConfig config = plain(kind);
    const double g = 0;
    double decaying = 2, kept = 2;
    std::vector<double> values(static_cast<std::size_t>(slot_count(config)), 1.0);
    std::vector<double*> slots;
    for (double& value : values) slots.push_back(&value);
    // The rule itself takes the same step for both: only the decay differs.
    const std::vector<double> before = values;
    optimizer_update(config, 1, 0.5, 1, &decaying, &g, slots.data());
    values = before;
    optimizer_update(config, 1, 0.5, 1, &kept, &g, slots.data(), false);
    CHECK(kept - decaying == doctest::Approx(2 * 0.5 * 0.1).epsilon(1e-12));
  }
}

TEST_CASE("optimizer: a gradient that is not a number is not lost") {
  for (const OptimizerConfig& config : all_configs()) {
    const double g = std::nan("");
    double w = 1;
    std::vector<double> values(static_cast<std::size_t>(slot_count(config)), 0.5);
    std::vector<double*> slots;
    for (double& value : values) slots.push_back(&value);
    optimizer_update(config, 1, 0.1, 1, &w, &g, slots.data());
    CHECK(std::isnan(w));
  }
}

TEST_CASE("optimizer: many iterations of nadam stay finite") {
  const OptimizerConfig config = plain(OptimizerKind::nadam);
  for (index_t iteration : {1, 2, 1000, 1000000, 2000000000}) {
    double w = 1, m = 0.1, v = 0.2;
    const double g = 0.3;
    double* const slots[] = {&m, &v};
    optimizer_update(config, iteration, 0.1, 1, &w, &g, slots);
    CHECK(w > 0.5);
    CHECK(w < 1);
  }
}

TEST_CASE("optimizer: names") {
  const char* const names[] = {"sgd",      "adam",   "adamw", "rmsprop", "adagrad",
                               "adadelta", "adamax", "nadam", "lion"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    CHECK(optimizer_from_name(names[i]) == kinds[i]);
  }
  CHECK_THROWS_AS(optimizer_from_name("lamb"), std::invalid_argument);
}

}  // namespace
}  // namespace pycnn

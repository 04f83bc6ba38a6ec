// Gradients of a float64 network against central differences.
#pragma once

#include <doctest/doctest.h>

#include <cmath>

#include "pycnn/network.hpp"
#include "test_data.hpp"

namespace pycnn::test {

/// Every parameter a random number of [-0.5, 0.5).
template <class T>
void set_parameters(Network<T>& network, std::uint32_t seed) {
  for (const Parameter<T>& parameter : network.parameters()) {
    const Tensor<T> values = reals<T>(parameter.value.shape, ++seed);
    const bool variance = parameter.name == "moving_variance";
    for (index_t i = 0; i < values.shape.size(); ++i) {
      parameter.value.data[i] = variance ? T{1} + values[i] * values[i] : values[i] / 2;
    }
  }
  network.parameters_changed();
}

/// |gradient - difference| <= tolerance (largest gradient of the tensor + 1e-3) for each element of
/// `values`; `objective` is evaluated with it moved to both sides.
template <class Objective>
void check_differences(const std::string& name, double* values, const std::vector<double>& gradient,
                       const Objective& objective, double tolerance = 1e-6) {
  constexpr double step = 1e-5;
  double largest = 1e-3;
  for (double g : gradient) largest = std::max(largest, std::abs(g));
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double value = values[i];
    values[i] = value + step;
    const double above = objective();
    values[i] = value - step;
    const double below = objective();
    values[i] = value;
    const double difference = (above - below) / (2 * step);
    CAPTURE(name);
    CAPTURE(i);
    CAPTURE(gradient[i]);
    CAPTURE(difference);
    REQUIRE(std::abs(gradient[i] - difference) <= tolerance * largest);
  }
}

/// A batch of N samples for each input.
template <class T>
std::vector<Tensor<T>> batch_for(const Network<T>& network, index_t N, std::uint32_t seed) {
  std::vector<Tensor<T>> x;
  for (const Shape& shape : network.input_shapes())
    x.push_back(reals<T>(shape.batch(N), seed += 7));
  return x;
}

/// Network::gradients with respect to the inputs and every parameter but state.
inline void check_gradients(Network<double>& network, index_t N, bool training,
                            std::uint32_t seed) {
  std::vector<Tensor<double>> x = batch_for(network, N, seed), dx;
  std::vector<Tensor<double>> dy, y;
  std::vector<const double*> dy_data;
  std::vector<double*> y_data, dx_data;
  for (const Shape& shape : network.output_shapes()) {
    dy.push_back(reals<double>(shape.batch(N), seed + 1 + static_cast<std::uint32_t>(dy.size())));
    y.emplace_back(shape.batch(N));
  }
  std::vector<Tensor<double>> moved = y;
  for (const Tensor<double>& each : dy) dy_data.push_back(each.values.data());
  for (Tensor<double>& each : y) y_data.push_back(each.values.data());
  for (const Tensor<double>& each : x) dx.emplace_back(each.shape);
  for (Tensor<double>& each : dx) dx_data.push_back(each.values.data());
  network.parameters_changed();
  network.gradients(rows_of(x), dy_data, training, y_data, dx_data);
  std::vector<std::vector<double>> gradients;
  for (const Parameter<double>& parameter : network.parameters()) {
    const double* const data = parameter.gradient.data;
    gradients.emplace_back(data, data + (parameter.state ? 0 : parameter.gradient.size()));
  }

  std::vector<double*> moved_data;
  for (Tensor<double>& each : moved) moved_data.push_back(each.values.data());
  const auto objective = [&] {
    network.parameters_changed();
    network.forward(rows_of(x), training, moved_data);
    double sum = 0;
    for (std::size_t o = 0; o < y.size(); ++o) {
      for (index_t i = 0; i < y[o].shape.size(); ++i) sum += moved[o][i] * dy[o][i];
    }
    return sum;
  };
  objective();
  for (std::size_t o = 0; o < y.size(); ++o) REQUIRE(same_bits(moved[o].values, y[o].values));
  for (std::size_t i = 0; i < x.size(); ++i) {
    check_differences("x[" + std::to_string(i) + "]", x[i].values.data(), dx[i].values, objective);
  }
  for (std::size_t p = 0; p < gradients.size(); ++p) {
    const Parameter<double>& parameter = network.parameters()[p];
    check_differences(parameter.name, parameter.value.data, gradients[p], objective);
  }
  network.parameters_changed();  // the last one is back at its value
}

}  // namespace pycnn::test

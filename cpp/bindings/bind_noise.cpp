// Dropout and normal noise on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

/// Defines name(array, amount, seed, layer, step), which calls operation(in, amount, key, out).
template <class Operation>
void define(py::module_& module, const char* name, const char* array_name, const char* amount_name,
            const Operation& operation) {
  module.def(
      name,
      [=](const py::array& x, double amount, std::uint64_t seed, std::uint32_t layer,
          std::uint64_t step) {
        return with_float_type(name, array_name, x, [&](auto zero) -> py::array {
          using T = decltype(zero);
          const auto in = view<T>(name, array_name, x);
          const NewArray<T> out(in.shape);
          run([&] { operation(in, amount, NoiseKey{seed, layer, step}, out.view); });
          return out.array;
        });
      },
      py::arg(array_name), py::arg(amount_name), py::arg("seed"), py::arg("layer"),
      py::arg("step"));
}

/// The same for name(array, rate, noise_shape, seed, layer, step).
template <class Operation>
void define_masked(py::module_& module, const char* name, const char* array_name,
                   const Operation& operation) {
  module.def(
      name,
      [=](const py::array& x, double rate, const std::vector<index_t>& noise_shape,
          std::uint64_t seed, std::uint32_t layer, std::uint64_t step) {
        return with_float_type(name, array_name, x, [&](auto zero) -> py::array {
          using T = decltype(zero);
          const auto in = view<T>(name, array_name, x);
          const Shape mask = noise_shape_for(name, noise_shape, in.shape);
          const NewArray<T> out(in.shape);
          run([&] { operation(in, rate, mask, NoiseKey{seed, layer, step}, out.view); });
          return out.array;
        });
      },
      py::arg(array_name), py::arg("rate"), py::arg("noise_shape"), py::arg("seed"),
      py::arg("layer"), py::arg("step"));
}

}  // namespace

void bind_noise(py::module_& module) {
  const auto masked = [&](const char* name, const char* array_name, const auto& operation) {
    define_masked(module, name, array_name, operation);
  };
  masked("dropout", "x", [](auto x, double rate, const Shape& mask, const NoiseKey& key, auto y) {
    dropout(x, rate, mask, key, y);
  });
  masked("dropout_grad", "dy",
         [](auto dy, double rate, const Shape& mask, const NoiseKey& key, auto dx) {
           dropout_grad(dy, rate, mask, key, dx);
         });
  masked("alpha_dropout", "x",
         [](auto x, double rate, const Shape& mask, const NoiseKey& key, auto y) {
           alpha_dropout(x, rate, mask, key, y);
         });
  masked("alpha_dropout_grad", "dy",
         [](auto dy, double rate, const Shape& mask, const NoiseKey& key, auto dx) {
           alpha_dropout_grad(dy, rate, mask, key, dx);
         });
  define(module, "gaussian_noise", "x", "stddev",
         [](auto x, double stddev, const NoiseKey& key, auto y) {
           gaussian_noise(x, stddev, key, y);
         });
  define(
      module, "gaussian_dropout", "x", "rate",
      [](auto x, double rate, const NoiseKey& key, auto y) { gaussian_dropout(x, rate, key, y); });
  define(module, "gaussian_dropout_grad", "dy", "rate",
         [](auto dy, double rate, const NoiseKey& key, auto dx) {
           gaussian_dropout_grad(dy, rate, key, dx);
         });
}

}  // namespace pycnn::bindings

// Group, layer, RMS and unit normalisation on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

NormalizationParams params_from(const std::string& kind, index_t groups, index_t axes,
                                double epsilon) {
  return {normalization_from_name(kind), groups, axes, epsilon};
}

py::array forward(const std::string& kind, const py::array& x, const py::object& gamma,
                  const py::object& beta, index_t groups, index_t axes, double epsilon) {
  const NormalizationParams params = params_from(kind, groups, axes, epsilon);
  return with_float_type("normalize", "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>("normalize", "inputs", x);
    const auto gamma_view = optional_view<T>("normalize", "gamma", gamma);
    const auto beta_view = optional_view<T>("normalize", "beta", beta);
    const NewArray<T> y(x_view.shape);
    run([&] { normalize<T>(params, x_view, gamma_view, beta_view, y.view); });
    return y.array;
  });
}

/// (dx, dgamma, dbeta)
py::tuple backward(const std::string& kind, const py::array& dy, const py::array& x,
                   const py::object& gamma, index_t groups, index_t axes, double epsilon) {
  const NormalizationParams params = params_from(kind, groups, axes, epsilon);
  return with_float_type("normalize_grad", "inputs", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto dy_view = view<T>("normalize_grad", "dy", dy);
    const auto x_view = view<T>("normalize_grad", "inputs", x);
    const auto gamma_view = optional_view<T>("normalize_grad", "gamma", gamma);
    const Shape parameter = normalization_parameter_shape(params, x_view.shape);
    const NewArray<T> dx(x_view.shape), dgamma(parameter), dbeta(parameter);
    run([&] {
      normalize_grad<T>(params, dy_view, x_view, gamma_view, {}, nullptr, dx.view, dgamma.view,
                        dbeta.view);
    });
    return py::make_tuple(dx.array, dgamma.array, dbeta.array);
  });
}

}  // namespace

void bind_normalization(py::module_& module) {
  module.def("normalize", forward, py::arg("kind"), py::arg("x"), py::arg("gamma"), py::arg("beta"),
             py::arg("groups"), py::arg("axes"), py::arg("epsilon"));
  module.def("normalize_grad", backward, py::arg("kind"), py::arg("dy"), py::arg("x"),
             py::arg("gamma"), py::arg("groups"), py::arg("axes"), py::arg("epsilon"));
}

}  // namespace pycnn::bindings

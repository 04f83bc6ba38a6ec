// Batch normalisation on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

py::array forward(const py::array& x, const py::array& mean, const py::array& variance,
                  const py::object& gamma, const py::object& beta, double epsilon) {
  return with_float_type("batch_normalization", "x", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>("batch_normalization", "x", x);
    const auto mean_view = view<T>("batch_normalization", "mean", mean);
    const auto variance_view = view<T>("batch_normalization", "variance", variance);
    const auto gamma_view = optional_view<T>("batch_normalization", "scale", gamma);
    const auto beta_view = optional_view<T>("batch_normalization", "offset", beta);
    const NewArray<T> y(x_view.shape);
    run([&] {
      batch_norm<T>({epsilon}, x_view, mean_view, variance_view, gamma_view, beta_view, y.view);
    });
    return y.array;
  });
}

/// (dx, dmean, dvariance, dgamma, dbeta)
py::tuple backward(const py::array& dy, const py::array& x, const py::array& mean,
                   const py::array& variance, const py::object& gamma, const py::object& beta,
                   double epsilon) {
  return with_float_type("batch_normalization_grad", "x", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto dy_view = view<T>("batch_normalization_grad", "dy", dy);
    const auto x_view = view<T>("batch_normalization_grad", "x", x);
    const auto mean_view = view<T>("batch_normalization_grad", "mean", mean);
    const auto variance_view = view<T>("batch_normalization_grad", "variance", variance);
    const auto gamma_view = optional_view<T>("batch_normalization_grad", "scale", gamma);
    const auto beta_view = optional_view<T>("batch_normalization_grad", "offset", beta);
    const NewArray<T> dx(x_view.shape), dmean(mean_view.shape), dvariance(mean_view.shape);
    const NewArray<T> dgamma(mean_view.shape), dbeta(mean_view.shape);
    run([&] {
      batch_norm_grad<T>({epsilon}, dy_view, x_view, mean_view, variance_view, gamma_view,
                         beta_view, {dx.view, dmean.view, dvariance.view, dgamma.view, dbeta.view});
    });
    return py::make_tuple(dx.array, dmean.array, dvariance.array, dgamma.array, dbeta.array);
  });
}

Shape channels_of(const Shape& x) { return x.rank() == 0 ? Shape{0} : Shape{x.back()}; }

/// (y, mean, variance)
py::tuple training_forward(const py::array& x, const py::object& gamma, const py::object& beta,
                           double epsilon, bool relu) {
  return with_float_type("batch_normalization_training", "x", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto x_view = view<T>("batch_normalization_training", "x", x);
    const auto gamma_view = optional_view<T>("batch_normalization_training", "scale", gamma);
    const auto beta_view = optional_view<T>("batch_normalization_training", "offset", beta);
    const NewArray<T> y(x_view.shape);
    const NewArray<T> mean(channels_of(x_view.shape)), variance(channels_of(x_view.shape));
    run([&] {
      batch_norm_training<T>({epsilon, relu}, x_view, gamma_view, beta_view, y.view, mean.view,
                             variance.view);
    });
    return py::make_tuple(y.array, mean.array, variance.array);
  });
}

/// (dx, dgamma, dbeta)
py::tuple training_backward(const py::array& dy, const py::array& x, const py::object& gamma,
                            const py::object& beta, double epsilon, bool relu) {
  return with_float_type("batch_normalization_training_grad", "x", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto dy_view = view<T>("batch_normalization_training_grad", "dy", dy);
    const auto x_view = view<T>("batch_normalization_training_grad", "x", x);
    const auto gamma_view = optional_view<T>("batch_normalization_training_grad", "scale", gamma);
    const auto beta_view = optional_view<T>("batch_normalization_training_grad", "offset", beta);
    const NewArray<T> dx(x_view.shape);
    const NewArray<T> dgamma(channels_of(x_view.shape)), dbeta(channels_of(x_view.shape));
    run([&] {
      batch_norm_training_grad<T>({epsilon, relu}, dy_view, x_view, gamma_view, beta_view, nullptr,
                                  {dx.view, {}, {}, dgamma.view, dbeta.view});
    });
    return py::make_tuple(dx.array, dgamma.array, dbeta.array);
  });
}

}  // namespace

void bind_batch_norm(py::module_& module) {
  module.def("batch_norm", forward, py::arg("x"), py::arg("mean"), py::arg("variance"),
             py::arg("gamma"), py::arg("beta"), py::arg("epsilon"));
  module.def("batch_norm_grad", backward, py::arg("dy"), py::arg("x"), py::arg("mean"),
             py::arg("variance"), py::arg("gamma"), py::arg("beta"), py::arg("epsilon"));
  module.def("batch_norm_training", training_forward, py::arg("x"), py::arg("gamma"),
             py::arg("beta"), py::arg("epsilon"), py::arg("relu"));
  module.def("batch_norm_training_grad", training_backward, py::arg("dy"), py::arg("x"),
             py::arg("gamma"), py::arg("beta"), py::arg("epsilon"), py::arg("relu"));
}

}  // namespace pycnn::bindings

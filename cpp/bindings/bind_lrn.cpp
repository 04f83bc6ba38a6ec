// Local response normalisation on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

py::array forward(const py::array& x, index_t size, double alpha, double beta, double bias,
                  const std::string& mode, bool alpha_divided_by_size) {
  const LrnParams params{size, alpha, beta, bias, lrn_mode_from_name(mode), alpha_divided_by_size};
  return with_float_type("lrn", "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>("lrn", "inputs", x);
    const NewArray<T> y(x_view.shape);
    run([&] { lrn(x_view, params, y.view); });
    return y.array;
  });
}

py::array backward(const py::array& dy, const py::array& x, index_t size, double alpha, double beta,
                   double bias, const std::string& mode, bool alpha_divided_by_size) {
  const LrnParams params{size, alpha, beta, bias, lrn_mode_from_name(mode), alpha_divided_by_size};
  return with_float_type("lrn_grad", "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>("lrn_grad", "dy", dy);
    const auto x_view = view<T>("lrn_grad", "inputs", x);
    const NewArray<T> dx(x_view.shape);
    run([&] { lrn_grad(dy_view, x_view, params, dx.view); });
    return dx.array;
  });
}

}  // namespace

void bind_lrn(py::module_& module) {
  module.def("lrn", forward, py::arg("x"), py::arg("size"), py::arg("alpha"), py::arg("beta"),
             py::arg("bias"), py::arg("mode"), py::arg("alpha_divided_by_size"));
  module.def("lrn_grad", backward, py::arg("dy"), py::arg("x"), py::arg("size"), py::arg("alpha"),
             py::arg("beta"), py::arg("bias"), py::arg("mode"), py::arg("alpha_divided_by_size"));
}

}  // namespace pycnn::bindings

// Losses on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

/// Calls compute(output view, targets view) with targets of the loss's kind.
template <class T, class Compute>
auto with_targets(const char* op, Loss kind, const py::array& target, const Compute& compute) {
  if (takes_labels(kind)) return compute(view<std::int64_t>(op, "target", target));
  return compute(view<T>(op, "target", target));
}

double loss_value(const std::string& name, const py::array& target, const py::array& output,
                  bool from_logits) {
  const Loss kind = loss_from_name(name);
  const char* const op = name.c_str();
  return with_float_type(op, "output", output, [&](auto zero) {
    using T = decltype(zero);
    const auto output_view = view<T>(op, "output", output);
    return with_targets<T>(op, kind, target, [&](auto target_view) {
      return run(
          [&] { return loss(kind, from_logits, output_view, target_view, TensorView<T>{}); });
    });
  });
}

py::array loss_gradient(const std::string& name, const py::array& target, const py::array& output,
                        bool from_logits) {
  const Loss kind = loss_from_name(name);
  const char* const op = name.c_str();
  return with_float_type(op, "output", output, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto output_view = view<T>(op, "output", output);
    const NewArray<T> doutput(output_view.shape);
    with_targets<T>(op, kind, target, [&](auto target_view) {
      return run([&] { return loss(kind, from_logits, output_view, target_view, doutput.view); });
    });
    return doutput.array;
  });
}

}  // namespace

void bind_loss(py::module_& module) {
  module.def("loss", loss_value, py::arg("name"), py::arg("target"), py::arg("output"),
             py::arg("from_logits"));
  module.def("loss_grad", loss_gradient, py::arg("name"), py::arg("target"), py::arg("output"),
             py::arg("from_logits"));
}

}  // namespace pycnn::bindings

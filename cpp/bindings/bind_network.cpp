// The network: parameters as views into its flat buffers, one call a batch without the GIL.
#include "network.hpp"
#include "signal_check.hpp"

namespace pycnn::bindings {
namespace {

/// A view of numbers that `owner` (the network) keeps alive.
template <class T>
py::array_t<T> array_on(const TensorView<T>& view, const py::object& owner) {
  return py::array_t<T>(std::vector<py::ssize_t>(view.shape.begin(), view.shape.end()), view.data,
                        owner);
}

py::list parameters(const py::object& self) {
  return self.cast<const PythonNetwork&>().visit([&](const auto& network) {
    py::list list;
    for (const auto& parameter : network.parameters()) {
      list.append(py::make_tuple(parameter.node, parameter.name, array_on(parameter.value, self),
                                 !parameter.state));
    }
    return list;
  });
}

py::list parameter_gradients(const py::object& self) {
  return self.cast<const PythonNetwork&>().visit([&](const auto& network) {
    py::list list;
    for (const auto& parameter : network.parameters()) {
      if (parameter.state) {
        list.append(py::none());
      } else {
        list.append(array_on(parameter.gradient, self));
      }
    }
    return list;
  });
}

py::object flat_parameters(const py::object& self) {
  return self.cast<const PythonNetwork&>().visit(
      [&](const auto& network) -> py::object { return array_on(network.flat_values(), self); });
}

py::object flat_gradients(const py::object& self) {
  return self.cast<const PythonNetwork&>().visit(
      [&](const auto& network) -> py::object { return array_on(network.flat_gradients(), self); });
}

py::list optimizer_slots(const py::object& self) {
  return self.cast<const PythonNetwork&>().visit([&](const auto& network) {
    py::list list;
    for (const auto& slot : network.slots()) list.append(array_on(slot, self));
    return list;
  });
}

py::dict memory_plan(const PythonNetwork& self, index_t batch_size) {
  const MemoryPlan plan = self.visit(
      [&](auto& network) { return run([&] { return network.memory_plan(batch_size); }); });
  py::list operations;
  for (const OperationNeeds& needs : plan.operations) {
    py::dict operation;
    operation["nodes"] = needs.nodes;
    operation["route"] = needs.route;
    operation["output_shape"] = py::tuple(
        py::cast(std::vector<index_t>(needs.output_shape.begin(), needs.output_shape.end())));
    operation["kept_bytes"] = needs.kept_bytes;
    operation["flops"] = needs.flops;
    operation["training_flops"] = needs.training_flops;
    operation["mixes_samples"] = needs.mixes_samples;
    operations.append(operation);
  }
  py::dict result;
  result["operations"] = operations;
  result["training_arena"] = plan.training_arena;
  result["inference_arena"] = plan.inference_arena;
  result["parameters"] = plan.parameters;
  result["gradients"] = plan.gradients;
  result["optimizer_slots"] = plan.optimizer_slots;
  result["training_packed"] = plan.training_packed;
  result["inference_packed"] = plan.inference_packed;
  return result;
}

template <class Value>
void take(py::dict& settings, const char* name, Value& value) {
  if (!settings.contains(name)) return;
  value = settings[name].cast<Value>();
  settings.attr("pop")(name);
}

OptimizerConfig optimizer_config(const py::dict& given) {
  py::dict settings(given.attr("copy")());
  OptimizerConfig config;
  std::string name;
  take(settings, "name", name);
  config.kind = optimizer_from_name(name);
  take(settings, "learning_rate", config.learning_rate);
  take(settings, "momentum", config.momentum);
  take(settings, "nesterov", config.nesterov);
  take(settings, "beta_1", config.beta_1);
  take(settings, "beta_2", config.beta_2);
  take(settings, "epsilon", config.epsilon);
  take(settings, "amsgrad", config.amsgrad);
  take(settings, "rho", config.rho);
  take(settings, "centered", config.centered);
  take(settings, "initial_accumulator_value", config.initial_accumulator_value);
  take(settings, "weight_decay", config.weight_decay);
  if (!settings.empty()) {
    throw py::value_error("[compile] optimizer must have known settings only; got " +
                          std::string(py::str(settings)));
  }
  return config;
}

Objective objective(const py::dict& given) {
  py::dict settings(given.attr("copy")());
  Objective result;
  std::string loss;
  std::vector<std::string> metrics;
  take(settings, "loss", loss);
  result.loss = loss_from_name(loss);
  take(settings, "from_logits", result.from_logits);
  take(settings, "weight", result.weight);
  take(settings, "metrics", metrics);
  for (const std::string& name : metrics) result.metrics.push_back(metric_from_name(name));
  if (!settings.empty()) {
    throw py::value_error("[compile] an objective must have known settings only; got " +
                          std::string(py::str(settings)));
  }
  return result;
}

void compile(PythonNetwork& self, const std::vector<py::dict>& objectives,
             const py::dict& optimizer) {
  TrainingConfig config{{}, optimizer_config(optimizer)};
  for (const py::dict& given : objectives) config.objectives.push_back(objective(given));
  run([&] { self.visit([&](auto& network) { network.compile(config); }); });
}

/// (loss, [loss of each output], [metrics]) of step(network, ..., outputs), and the outputs when
/// they are wanted.
template <class Step>
py::tuple run_step(const char* op, PythonNetwork& self, const py::object& x, const py::object& y,
                   const py::array& indices, bool with_outputs, const Step& step) {
  const auto x_rows = input_sources(op, self, x);
  const auto y_rows = target_sources(op, y);
  const auto rows = view<std::int64_t>(op, "indices", indices);
  return self.visit([&](auto& network) -> py::tuple {
    using T = decltype(float_type_of(network));
    std::optional<OutputArrays<T>> outputs;
    if (with_outputs) outputs.emplace(network, rows.size());
    const std::vector<T*> pointers = outputs ? outputs->data : std::vector<T*>();
    const StepResult result =
        run([&] { return step(network, x_rows, y_rows, rows.data, rows.size(), pointers); });
    if (!outputs) return py::make_tuple(result.loss, result.losses, result.metrics);
    return py::make_tuple(result.loss, result.losses, result.metrics, outputs->arrays);
  });
}

py::tuple train_step(PythonNetwork& self, const py::object& x, const py::object& y,
                     const py::array& indices, index_t epoch, bool with_outputs) {
  return run_step("train_step", self, x, y, indices, with_outputs,
                  [&](auto& network, const Sources& x_rows, const Sources& y_rows,
                      const index_t* rows, index_t N, const auto& outputs) {
                    return network.train_step(x_rows, y_rows, rows, N, epoch, outputs);
                  });
}

py::tuple loss_gradients(PythonNetwork& self, const py::object& x, const py::object& y,
                         const py::array& indices, index_t epoch, bool with_outputs,
                         index_t first_sample) {
  return run_step("loss_gradients", self, x, y, indices, with_outputs,
                  [&](auto& network, const Sources& x_rows, const Sources& y_rows,
                      const index_t* rows, index_t N, const auto& outputs) {
                    return network.loss_gradients(x_rows, y_rows, rows, N, epoch, outputs,
                                                  {first_sample, true});
                  });
}

py::tuple test_step(PythonNetwork& self, const py::object& x, const py::object& y,
                    const py::array& indices, bool with_outputs) {
  return run_step("test_step", self, x, y, indices, with_outputs,
                  [&](auto& network, const Sources& x_rows, const Sources& y_rows,
                      const index_t* rows, index_t N, const auto& outputs) {
                    return network.test_step(x_rows, y_rows, rows, N, outputs);
                  });
}

/// (node id, kind, seconds forward, backward, of which parameters' gradients) of each step.
py::list profile_step(PythonNetwork& self, const py::object& x, const py::object& y,
                      const py::array& indices, index_t epoch) {
  const auto x_rows = input_sources("profile_step", self, x);
  const auto y_rows = target_sources("profile_step", y);
  const auto rows = view<std::int64_t>("profile_step", "indices", indices);
  const auto seconds = run([&] {
    return self.visit([&](auto& network) {
      return network.profile_step(x_rows, y_rows, rows.data, rows.size(), epoch);
    });
  });
  py::list list;
  for (const NodeSeconds& node : seconds) {
    list.append(
        py::make_tuple(node.node, node.kind, node.forward, node.backward, node.parameter_gradient));
  }
  return list;
}

/// Output arrays for `rows` samples, filled by run_network(network, pointers).
template <class Run>
py::object with_outputs(const PythonNetwork& self, index_t rows, const Run& run_network) {
  return self.visit([&](auto& network) -> py::object {
    using T = decltype(float_type_of(network));
    const OutputArrays<T> outputs(network, rows);
    run([&] { run_network(network, outputs.data); });
    return outputs.returned(self);
  });
}

py::object predict(PythonNetwork& self, const py::object& x, index_t batch_size) {
  const auto sources = input_sources("predict", self, x);
  return with_outputs(self, sources[0].rows, [&](auto& network, const auto& y) {
    network.predict(sources, batch_size, y, SignalCheck());
  });
}

py::object forward(PythonNetwork& self, const py::object& x, bool training) {
  const auto sources = input_sources("forward", self, x);
  return with_outputs(self, sources[0].rows,
                      [&](auto& network, const auto& y) { network.forward(sources, training, y); });
}

py::object begin_step(PythonNetwork& self, const py::object& x, const py::array& indices,
                      index_t epoch, index_t first_sample, bool updates_state) {
  const auto sources = input_sources("begin_step", self, x);
  const auto rows = view<std::int64_t>("begin_step", "indices", indices);
  return with_outputs(self, rows.size(), [&](auto& network, const auto& y) {
    network.begin_step(sources, rows.data, rows.size(), epoch, y, {first_sample, updates_state});
  });
}

/// One gradient for each output, of the outputs' type and of `rows` samples (any number when
/// 0: the core refuses then); None is a null pointer.
template <class T>
std::vector<const T*> output_gradients(const char* op, const PythonNetwork& self,
                                       const Network<T>& network, const py::object& dy,
                                       index_t rows) {
  const auto given = self.single_output ? std::vector{dy} : dy.cast<std::vector<py::object>>();
  std::vector<const T*> pointers;
  for (std::size_t o = 0; o < given.size(); ++o) {
    const std::string name = self.single_output ? "dy" : "dy[" + std::to_string(o) + "]";
    const auto gradient = optional_view<T>(op, name.c_str(), given[o]);
    if (gradient && rows > 0 && o < network.output_shapes().size()) {
      const Shape expected = network.output_shapes()[o].batch(rows);
      if (gradient.shape != expected) {
        throw py::value_error("[" + std::string(op) + "] " + name + " must have shape " +
                              expected.to_string() + "; got " + name +
                              ".shape=" + gradient.shape.to_string());
      }
    }
    pointers.push_back(gradient.data);
  }
  return pointers;
}

void backward(PythonNetwork& self, const py::object& dy) {
  self.visit([&](auto& network) {
    const auto pointers = output_gradients("backward", self, network, dy, network.begun_rows());
    run([&] { network.backward(pointers); });
  });
}

/// (y, dx, [gradient of each parameter]); dx is a list where x is a list or a tuple, y and dy where
/// the network was made with a list of outputs.
py::tuple gradients(PythonNetwork& self, const py::object& x, const py::object& dy, bool training) {
  const auto sources = input_sources("gradients", self, x);
  return self.visit([&](auto& network) -> py::tuple {
    using T = decltype(float_type_of(network));
    const auto dy_data = output_gradients("gradients", self, network, dy, sources[0].rows);
    const OutputArrays<T> y(network, sources[0].rows);
    py::list dx;
    std::vector<T*> dx_data;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const NewArray<T> gradient(network.input_shapes()[i].batch(sources[i].rows));
      dx.append(gradient.array);
      dx_data.push_back(gradient.view.data);
    }
    run([&] { network.gradients(sources, dy_data, training, y.data, dx_data); });
    py::list parameter_gradients;
    for (const auto& parameter : network.parameters()) {
      if (parameter.state) continue;
      const NewArray<T> copy(parameter.gradient.shape);
      std::copy_n(parameter.gradient.data, copy.view.size(), copy.view.data);
      parameter_gradients.append(copy.array);
    }
    return py::make_tuple(y.returned(self), is_sequence(x) ? py::object(dx) : py::object(dx[0]),
                          parameter_gradients);
  });
}

}  // namespace

void bind_network(py::module_& module) {
  py::class_<PythonNetwork>(module, "Network")
      .def(py::init([](const PythonGraph& graph, index_t output) {
             return std::make_unique<PythonNetwork>(graph, std::vector{output}, true);
           }),
           py::arg("graph"), py::arg("output"))
      .def(py::init([](const PythonGraph& graph, const std::vector<index_t>& outputs) {
             return std::make_unique<PythonNetwork>(graph, outputs, false);
           }),
           py::arg("graph"), py::arg("outputs"), "With lists of outputs.")
      .def_readonly("single_output", &PythonNetwork::single_output,
                    "Whether outputs are arrays rather than lists of them.")
      .def("parameters", parameters, "(node id, name, view, trainable) of each parameter.")
      .def(
          "set_frozen",
          [](PythonNetwork& self, const std::vector<bool>& frozen) {
            self.visit([&](auto& network) { network.set_frozen(frozen); });
          },
          py::arg("frozen"), "Which parameters training leaves as they are.")
      .def(
          "set_decays",
          [](PythonNetwork& self, const std::vector<bool>& decays) {
            self.visit([&](auto& network) { network.set_decays(decays); });
          },
          py::arg("decays"), "Which parameters the optimizer's weight decay is for.")
      .def(
          "touch",
          [](PythonNetwork& self) {
            self.visit([](auto& network) { network.parameters_changed(); });
          },
          "To be called after writing into a parameter's view.")
      .def("compile", compile, py::arg("objectives"), py::arg("optimizer"),
           "objectives: {loss, from_logits, weight, metrics} for each output, or none.")
      .def(
          "set_learning_rate",
          [](PythonNetwork& self, double rate) {
            self.visit([&](auto& network) { network.set_learning_rate(rate); });
          },
          py::arg("learning_rate"))
      .def_property(
          "iteration",
          [](const PythonNetwork& self) {
            return self.visit([](const auto& network) { return network.iteration(); });
          },
          [](PythonNetwork& self, index_t iteration) {
            self.visit([&](auto& network) { network.set_iteration(iteration); });
          })
      .def_property(
          "seed",
          [](const PythonNetwork& self) {
            return self.visit([](const auto& network) { return network.seed(); });
          },
          [](PythonNetwork& self, std::uint64_t seed) {
            self.visit([&](auto& network) { network.set_seed(seed); });
          })
      .def("memory_plan", memory_plan, py::arg("batch_size"),
           "What batches of this size need: a dictionary of bytes and a list of operations.")
      .def("arena_bytes",
           [](const PythonNetwork& self) {
             return self.visit([](const auto& network) { return network.arena_bytes(); });
           })
      .def("flat_parameters", flat_parameters, "The buffer of all parameters but state.")
      .def("flat_gradients", flat_gradients, "The buffer of their gradients.")
      .def("optimizer_slots", optimizer_slots,
           "Flat views, each as long as the parameters' buffer.")
      .def("parameter_gradients", parameter_gradients,
           "A view for each parameter, None for state, written by the last backward pass.")
      .def("train_step", train_step, py::arg("x"), py::arg("y"), py::arg("indices"),
           py::arg("epoch"), py::arg("outputs") = false,
           "(loss, [losses], [metrics]) of one step on rows of x and y, then [outputs] if wanted.")
      .def("profile_step", profile_step, py::arg("x"), py::arg("y"), py::arg("indices"),
           py::arg("epoch"),
           "train_step, timed: (node id, kind, seconds forward, backward, of which parameters' "
           "gradients) of each operation.")
      .def("loss_gradients", loss_gradients, py::arg("x"), py::arg("y"), py::arg("indices"),
           py::arg("epoch"), py::arg("outputs") = false, py::arg("first_sample") = 0,
           "train_step but for the update; first_sample: of a part of a batch, its place.")
      .def("test_step", test_step, py::arg("x"), py::arg("y"), py::arg("indices"),
           py::arg("outputs") = false)
      .def("begin_step", begin_step, py::arg("x"), py::arg("indices"), py::arg("epoch"),
           py::arg("first_sample") = 0, py::arg("updates_state") = true,
           "Outputs of a training step on rows of x, to be continued by backward.")
      .def("backward", backward, py::arg("dy"))
      .def(
          "update",
          [](PythonNetwork& self) { run([&] { self.visit([](auto& net) { net.update(); }); }); },
          "One step of the optimizer with the gradients of the last backward pass.")
      .def("predict", predict, py::arg("x"), py::arg("batch_size"))
      .def("forward", forward, py::arg("x"), py::arg("training"))
      .def("gradients", gradients, py::arg("x"), py::arg("dy"), py::arg("training"));
}

}  // namespace pycnn::bindings

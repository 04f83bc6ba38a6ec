// The network: parameters as views into its flat buffers, one call a batch without the GIL.
#include "graph.hpp"

namespace pycnn::bindings {
namespace {

struct PythonNetwork {
  PythonNetwork(const PythonGraph& graph, index_t output) {
    std::visit(
        [&](const auto& own) {
          using T =
              std::conditional_t<std::is_same_v<decltype(own), const Graph<float>&>, float, double>;
          network.emplace<std::unique_ptr<Network<T>>>(std::make_unique<Network<T>>(own, output));
        },
        graph.graph);
  }
  std::variant<std::unique_ptr<Network<float>>, std::unique_ptr<Network<double>>> network;

  template <class Body>
  auto visit(const Body& body) const {
    return std::visit([&](const auto& pointer) { return body(*pointer); }, network);
  }
};

template <class T>
T float_type_of(const Network<T>&);

DataType data_type(const char* op, const char* name, const py::array& array) {
  if (has_type<float>(array)) return DataType::float32;
  if (has_type<double>(array)) return DataType::float64;
  if (has_type<std::uint8_t>(array) || has_type<bool>(array)) return DataType::uint8;
  if (has_type<std::int8_t>(array)) return DataType::int8;
  if (has_type<std::int16_t>(array)) return DataType::int16;
  if (has_type<std::int32_t>(array)) return DataType::int32;
  if (has_type<std::int64_t>(array)) return DataType::int64;
  throw py::type_error(std::string("[") + op + "] " + name +
                       " must be of float32, float64, uint8, bool or a signed integer; got dtype=" +
                       std::string(py::str(array.dtype())));
}

BatchSource source(const char* op, const char* name, const py::array& array) {
  const DataType type = data_type(op, name, array);
  check_layout(op, name, array);
  const Shape shape = shape_of(array);
  if (shape.rank() == 0) {
    throw py::value_error(std::string("[") + op + "] " + name + " must have a batch axis; got ()");
  }
  return {array.data(), type, shape[0], shape.sample().size()};
}

bool is_sequence(const py::object& x) {
  return py::isinstance<py::list>(x) || py::isinstance<py::tuple>(x);
}

/// Of an array, or of a list or tuple with an array for each input. They must also have the
/// network's sample shapes, not only as many numbers.
std::vector<BatchSource> input_sources(const char* op, const PythonNetwork& self,
                                       const py::object& x) {
  const auto& shapes = self.visit(
      [](const auto& network) -> const std::vector<Shape>& { return network.input_shapes(); });
  const bool several = is_sequence(x);
  const auto objects = several ? x.cast<std::vector<py::object>>() : std::vector{x};
  if (objects.size() != shapes.size()) {
    throw py::value_error(std::string("[") + op + "] x must hold an array for each of the " +
                          std::to_string(shapes.size()) + " inputs; got " +
                          std::to_string(objects.size()));
  }
  std::vector<BatchSource> sources;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const std::string name = several ? "x[" + std::to_string(i) + "]" : "x";
    if (!py::isinstance<py::array>(objects[i])) {
      throw py::type_error(std::string("[") + op + "] " + name + " must be an array; got " +
                           std::string(py::str(py::type::of(objects[i]))));
    }
    const auto array = objects[i].cast<py::array>();
    sources.push_back(source(op, name.c_str(), array));
    const Shape shape = shape_of(array);
    if (shape.sample() != shapes[i]) {
      throw py::value_error(std::string("[") + op + "] " + name + " must hold samples of shape " +
                            shapes[i].to_string() + "; got " + name +
                            ".shape=" + shape.to_string());
    }
  }
  return sources;
}

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

py::list optimizer_slots(const py::object& self) {
  return self.cast<const PythonNetwork&>().visit([&](const auto& network) {
    py::list list;
    for (const auto& slot : network.slots()) list.append(array_on(slot, self));
    return list;
  });
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
  take(settings, "weight_decay", config.weight_decay);
  if (!settings.empty()) {
    throw py::value_error("[compile] optimizer must have known settings only; got " +
                          std::string(py::str(settings)));
  }
  return config;
}

void compile(PythonNetwork& self, const std::string& loss, bool from_logits,
             const py::dict& optimizer, const std::vector<std::string>& metrics) {
  TrainingConfig config{loss_from_name(loss), from_logits, optimizer_config(optimizer), {}};
  for (const std::string& name : metrics) config.metrics.push_back(metric_from_name(name));
  run([&] { self.visit([&](auto& network) { network.compile(config); }); });
}

py::tuple to_tuple(const StepResult& result) { return py::make_tuple(result.loss, result.metrics); }

py::tuple train_step(PythonNetwork& self, const py::object& x, const py::array& y,
                     const py::array& indices, index_t epoch) {
  const auto x_rows = input_sources("train_step", self, x);
  const BatchSource y_rows = source("train_step", "y", y);
  const auto rows = view<std::int64_t>("train_step", "indices", indices);
  return to_tuple(run([&] {
    return self.visit([&](auto& network) {
      return network.train_step(x_rows, y_rows, rows.data, rows.size(), epoch);
    });
  }));
}

py::tuple test_step(PythonNetwork& self, const py::object& x, const py::array& y,
                    const py::array& indices) {
  const auto x_rows = input_sources("test_step", self, x);
  const BatchSource y_rows = source("test_step", "y", y);
  const auto rows = view<std::int64_t>("test_step", "indices", indices);
  return to_tuple(run([&] {
    return self.visit(
        [&](auto& network) { return network.test_step(x_rows, y_rows, rows.data, rows.size()); });
  }));
}

/// An output array for `rows` samples, filled by run(network, pointer).
template <class Run>
py::array with_output(const PythonNetwork& self, index_t rows, const Run& run_network) {
  return self.visit([&](auto& network) -> py::array {
    using T = decltype(float_type_of(network));
    const NewArray<T> y(network.output_shape().batch(rows));
    run([&] { run_network(network, y.view.data); });
    return y.array;
  });
}

py::array predict(PythonNetwork& self, const py::object& x, index_t batch_size) {
  const auto sources = input_sources("predict", self, x);
  return with_output(self, sources[0].rows,
                     [&](auto& network, auto* y) { network.predict(sources, batch_size, y); });
}

py::array forward(PythonNetwork& self, const py::object& x, bool training) {
  const auto sources = input_sources("forward", self, x);
  return with_output(self, sources[0].rows,
                     [&](auto& network, auto* y) { network.forward(sources, training, y); });
}

/// (y, dx, [gradient of each parameter]); dx is a list where x is a list or a tuple.
py::tuple gradients(PythonNetwork& self, const py::object& x, const py::array& dy, bool training) {
  const auto sources = input_sources("gradients", self, x);
  return self.visit([&](auto& network) -> py::tuple {
    using T = decltype(float_type_of(network));
    const auto dy_view = view<T>("gradients", "dy", dy);
    const Shape expected = network.output_shape().batch(sources[0].rows);
    if (dy_view.shape != expected) {
      throw py::value_error("[gradients] dy must have shape " + expected.to_string() +
                            "; got dy.shape=" + dy_view.shape.to_string());
    }
    const NewArray<T> y(expected);
    py::list dx;
    std::vector<T*> dx_data;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const NewArray<T> gradient(network.input_shapes()[i].batch(sources[i].rows));
      dx.append(gradient.array);
      dx_data.push_back(gradient.view.data);
    }
    run([&] { network.gradients(sources, dy_view.data, training, y.view.data, dx_data); });
    py::list parameter_gradients;
    for (const auto& parameter : network.parameters()) {
      if (parameter.state) continue;
      const NewArray<T> copy(parameter.gradient.shape);
      std::copy_n(parameter.gradient.data, copy.view.size(), copy.view.data);
      parameter_gradients.append(copy.array);
    }
    return py::make_tuple(y.array, is_sequence(x) ? py::object(dx) : py::object(dx[0]),
                          parameter_gradients);
  });
}

}  // namespace

void bind_network(py::module_& module) {
  py::class_<PythonNetwork>(module, "Network")
      .def(py::init<const PythonGraph&, index_t>(), py::arg("graph"), py::arg("output"))
      .def("parameters", parameters, "(node id, name, view, trainable) of each parameter.")
      .def(
          "set_frozen",
          [](PythonNetwork& self, const std::vector<bool>& frozen) {
            self.visit([&](auto& network) { network.set_frozen(frozen); });
          },
          py::arg("frozen"), "Which parameters training leaves as they are.")
      .def(
          "touch",
          [](PythonNetwork& self) {
            self.visit([](auto& network) { network.parameters_changed(); });
          },
          "To be called after writing into a parameter's view.")
      .def("compile", compile, py::arg("loss"), py::arg("from_logits"), py::arg("optimizer"),
           py::arg("metrics"))
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
      .def("optimizer_slots", optimizer_slots,
           "Flat views, each as long as the parameters' buffer.")
      .def("train_step", train_step, py::arg("x"), py::arg("y"), py::arg("indices"),
           py::arg("epoch"), "(loss, [metrics]) of one step on rows of x and y.")
      .def("test_step", test_step, py::arg("x"), py::arg("y"), py::arg("indices"))
      .def("predict", predict, py::arg("x"), py::arg("batch_size"))
      .def("forward", forward, py::arg("x"), py::arg("training"))
      .def("gradients", gradients, py::arg("x"), py::arg("dy"), py::arg("training"));
}

}  // namespace pycnn::bindings

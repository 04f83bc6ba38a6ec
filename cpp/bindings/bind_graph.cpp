// The graph's nodes as methods; shapes are of single samples, ids are ints.
#include "graph.hpp"
#include "python_node.hpp"

namespace pycnn::bindings {
namespace {

using Sizes = std::vector<index_t>;

Shape to_shape(const Sizes& sizes) { return Shape(sizes.data(), sizes.size()); }
py::tuple to_tuple(const Shape& shape) {
  return py::tuple(py::cast(Sizes(shape.begin(), shape.end())));
}

/// A method that calls add(graph) for the graph's own float type.
template <class Add>
index_t add(PythonGraph& self, const Add& add_node) {
  return std::visit(add_node, self.graph);
}

index_t add_conv(PythonGraph& self, index_t x, index_t filters, const Sizes& kernel_size,
                 const Sizes& strides, const py::object& padding, const Sizes& dilation_rate,
                 index_t groups, bool use_bias) {
  const ConvParams params{strides, dilation_rate, padding_from("conv", padding), groups,
                          ConvAlgorithm::automatic};
  return add(self,
             [&](auto& graph) { return graph.conv(x, filters, kernel_size, params, use_bias); });
}

index_t add_conv_transpose(PythonGraph& self, index_t x, index_t filters, const Sizes& kernel_size,
                           const Sizes& strides, const py::object& padding,
                           const Sizes& output_padding, const Sizes& dilation_rate, bool use_bias) {
  const ConvTransposeParams params{strides, dilation_rate, padding_from("conv_transpose", padding),
                                   output_padding};
  return add(self, [&](auto& graph) {
    return graph.conv_transpose(x, filters, kernel_size, params, use_bias);
  });
}

index_t add_depthwise_conv(PythonGraph& self, index_t x, index_t depth_multiplier,
                           const Sizes& kernel_size, const Sizes& strides,
                           const py::object& padding, const Sizes& dilation_rate, bool use_bias) {
  ConvParams params;
  params.strides = strides;
  params.dilation_rate = dilation_rate;
  params.padding = padding_from("depthwise_conv", padding);
  return add(self, [&](auto& graph) {
    return graph.depthwise_conv(x, depth_multiplier, kernel_size, params, use_bias);
  });
}

index_t add_python(PythonGraph& self, const Sizes& x, const py::object& object,
                   const Sizes& output_shape,
                   const std::vector<std::tuple<std::string, Sizes, bool>>& parameters) {
  std::vector<ParameterSpec> specs;
  for (const auto& [name, shape, state] : parameters) {
    specs.push_back({name, to_shape(shape), state});
  }
  return std::visit(
      [&](auto& graph) {
        using T = std::conditional_t<std::is_same_v<decltype(graph), Graph<float>&>, float, double>;
        std::vector<Shape> shapes;
        for (index_t id : x) shapes.push_back(graph.shape(id));
        return graph.add(
            std::make_unique<PythonNode<T>>(shapes, to_shape(output_shape), object, specs), x);
      },
      self.graph);
}

py::list parameters(const PythonGraph& self, index_t id) {
  return std::visit(
      [&](const auto& graph) {
        py::list list;
        const auto& node = graph.entry(id).node;
        if (!node) return list;
        for (const ParameterSpec& spec : node->parameters()) {
          list.append(py::make_tuple(spec.name, to_tuple(spec.shape)));
        }
        return list;
      },
      self.graph);
}

}  // namespace

PythonGraph::PythonGraph(const std::string& dtype) {
  if (dtype == "float64") {
    graph.emplace<Graph<double>>();
  } else if (dtype != "float32") {
    throw py::value_error("[graph] dtype must be float32 or float64; got dtype=" + dtype);
  }
}

void bind_graph(py::module_& module) {
  py::class_<PythonGraph>(module, "Graph")
      .def(py::init<const std::string&>(), py::arg("dtype"))
      .def(
          "input",
          [](PythonGraph& self, const Sizes& shape) {
            return add(self, [&](auto& graph) { return graph.input(to_shape(shape)); });
          },
          py::arg("shape"))
      .def("conv", add_conv, py::arg("x"), py::arg("filters"), py::arg("kernel_size"),
           py::arg("strides"), py::arg("padding"), py::arg("dilation_rate"), py::arg("groups"),
           py::arg("use_bias"))
      .def("conv_transpose", add_conv_transpose, py::arg("x"), py::arg("filters"),
           py::arg("kernel_size"), py::arg("strides"), py::arg("padding"),
           py::arg("output_padding"), py::arg("dilation_rate"), py::arg("use_bias"))
      .def("depthwise_conv", add_depthwise_conv, py::arg("x"), py::arg("depth_multiplier"),
           py::arg("kernel_size"), py::arg("strides"), py::arg("padding"), py::arg("dilation_rate"),
           py::arg("use_bias"))
      .def(
          "share_parameters",
          [](PythonGraph& self, index_t node, index_t owner) {
            std::visit([&](auto& graph) { graph.share_parameters(node, owner); }, self.graph);
          },
          py::arg("node"), py::arg("owner"))
      .def(
          "set_always_inference",
          [](PythonGraph& self, index_t node) {
            std::visit([&](auto& graph) { graph.set_always_inference(node); }, self.graph);
          },
          py::arg("node"))
      .def_property_readonly("size",
                             [](const PythonGraph& self) {
                               return std::visit([](const auto& graph) { return graph.size(); },
                                                 self.graph);
                             })
      .def(
          "max_pool",
          [](PythonGraph& self, index_t x, const py::args& window) {
            const PoolParams params = pool_params_from("max_pool", window);
            return add(self, [&](auto& graph) { return graph.max_pool(x, params); });
          },
          py::arg("x"))
      .def(
          "average_pool",
          [](PythonGraph& self, index_t x, const py::args& window) {
            const PoolParams params = pool_params_from("average_pool", window);
            return add(self, [&](auto& graph) { return graph.average_pool(x, params); });
          },
          py::arg("x"))
      .def(
          "dense",
          [](PythonGraph& self, index_t x, index_t units, bool use_bias) {
            return add(self, [&](auto& graph) { return graph.dense(x, units, use_bias); });
          },
          py::arg("x"), py::arg("units"), py::arg("use_bias"))
      .def(
          "activation",
          [](PythonGraph& self, index_t x, const std::string& name,
             const std::map<std::string, double>& parameters) {
            const Activation activation = activation_from_name(name, parameters);
            return add(self, [&](auto& graph) { return graph.activation(x, activation); });
          },
          py::arg("x"), py::arg("name"), py::arg("parameters") = std::map<std::string, double>())
      .def(
          "softmax",
          [](PythonGraph& self, index_t x, index_t axis) {
            return add(self, [&](auto& graph) { return graph.softmax(x, axis); });
          },
          py::arg("x"), py::arg("axis") = -1)
      .def(
          "log_softmax",
          [](PythonGraph& self, index_t x, index_t axis) {
            return add(self, [&](auto& graph) { return graph.log_softmax(x, axis); });
          },
          py::arg("x"), py::arg("axis") = -1)
      .def(
          "lrn",
          [](PythonGraph& self, index_t x, index_t size, double alpha, double beta, double bias,
             const std::string& mode, bool alpha_divided_by_size) {
            const LrnParams params{
                size, alpha, beta, bias, lrn_mode_from_name(mode), alpha_divided_by_size};
            return add(self, [&](auto& graph) { return graph.lrn(x, params); });
          },
          py::arg("x"), py::arg("size"), py::arg("alpha"), py::arg("beta"), py::arg("bias"),
          py::arg("mode"), py::arg("alpha_divided_by_size"))
      .def(
          "normalize",
          [](PythonGraph& self, index_t x, const std::string& kind, index_t groups, index_t axes,
             double epsilon, bool use_gamma, bool use_beta) {
            const NormalizationParams params{normalization_from_name(kind), groups, axes, epsilon};
            return add(
                self, [&](auto& graph) { return graph.normalize(x, params, use_gamma, use_beta); });
          },
          py::arg("x"), py::arg("kind"), py::arg("groups"), py::arg("axes"), py::arg("epsilon"),
          py::arg("use_gamma"), py::arg("use_beta"))
      .def(
          "merge",
          [](PythonGraph& self, const Sizes& x, const std::string& name) {
            const Merge kind = merge_from_name(name);
            return add(self, [&](auto& graph) { return graph.merge(kind, x); });
          },
          py::arg("x"), py::arg("name"))
      .def(
          "concatenate",
          [](PythonGraph& self, const Sizes& x, index_t axis) {
            return add(self, [&](auto& graph) { return graph.concatenate(x, axis); });
          },
          py::arg("x"), py::arg("axis"))
      .def(
          "pad",
          [](PythonGraph& self, index_t x,
             const std::vector<std::pair<index_t, index_t>>& pad_width, const std::string& mode,
             double value) {
            const PadParams params{pad_width, pad_mode_from_name(mode), value};
            return add(self, [&](auto& graph) { return graph.pad(x, params); });
          },
          py::arg("x"), py::arg("pad_width"), py::arg("mode") = "constant", py::arg("value") = 0.0)
      .def(
          "transpose",
          [](PythonGraph& self, index_t x, const Sizes& axes) {
            return add(self, [&](auto& graph) { return graph.transpose(x, axes); });
          },
          py::arg("x"), py::arg("axes"))
      .def(
          "extract_patches",
          [](PythonGraph& self, index_t x, const Sizes& size, const Sizes& strides,
             const Sizes& dilation_rate, const py::object& padding) {
            const PatchParams params{size, strides, dilation_rate,
                                     padding_from("extract_patches", padding)};
            return add(self, [&](auto& graph) { return graph.extract_patches(x, params); });
          },
          py::arg("x"), py::arg("size"), py::arg("strides"), py::arg("dilation_rate"),
          py::arg("padding"))
      .def(
          "batch_norm",
          [](PythonGraph& self, index_t x, double momentum, double epsilon, bool use_gamma,
             bool use_beta) {
            return add(self, [&](auto& graph) {
              return graph.batch_norm(x, {epsilon}, momentum, use_gamma, use_beta);
            });
          },
          py::arg("x"), py::arg("momentum"), py::arg("epsilon"), py::arg("use_gamma"),
          py::arg("use_beta"))
      .def(
          "prelu",
          [](PythonGraph& self, index_t x, const Sizes& shared_axes) {
            return add(self, [&](auto& graph) { return graph.prelu(x, shared_axes); });
          },
          py::arg("x"), py::arg("shared_axes"))
      .def(
          "reshape",
          [](PythonGraph& self, index_t x, const Sizes& shape) {
            return add(self, [&](auto& graph) { return graph.reshape(x, to_shape(shape)); });
          },
          py::arg("x"), py::arg("shape"))
      .def(
          "dropout",
          [](PythonGraph& self, index_t x, double rate, std::uint32_t seed,
             const Sizes& noise_shape) {
            return add(self,
                       [&](auto& graph) { return graph.dropout(x, rate, seed, noise_shape); });
          },
          py::arg("x"), py::arg("rate"), py::arg("seed"), py::arg("noise_shape"))
      .def(
          "alpha_dropout",
          [](PythonGraph& self, index_t x, double rate, std::uint32_t seed,
             const Sizes& noise_shape) {
            return add(
                self, [&](auto& graph) { return graph.alpha_dropout(x, rate, seed, noise_shape); });
          },
          py::arg("x"), py::arg("rate"), py::arg("seed"), py::arg("noise_shape"))
      .def(
          "gaussian_noise",
          [](PythonGraph& self, index_t x, double stddev, std::uint32_t seed) {
            return add(self, [&](auto& graph) { return graph.gaussian_noise(x, stddev, seed); });
          },
          py::arg("x"), py::arg("stddev"), py::arg("seed"))
      .def(
          "gaussian_dropout",
          [](PythonGraph& self, index_t x, double rate, std::uint32_t seed) {
            return add(self, [&](auto& graph) { return graph.gaussian_dropout(x, rate, seed); });
          },
          py::arg("x"), py::arg("rate"), py::arg("seed"))
      .def(
          "resize",
          [](PythonGraph& self, index_t x, const std::pair<index_t, index_t>& size,
             const std::string& interpolation, const std::string& coordinates) {
            const ResizeParams kind{interpolation_from_name(interpolation),
                                    coordinates_from_name(coordinates)};
            return add(self,
                       [&](auto& graph) { return graph.resize(x, size.first, size.second, kind); });
          },
          py::arg("x"), py::arg("size"), py::arg("interpolation"),
          py::arg("coordinates") = "half_pixel")
      .def(
          "rescale",
          [](PythonGraph& self, index_t x, double scale, double offset) {
            return add(self, [&](auto& graph) { return graph.rescale(x, scale, offset); });
          },
          py::arg("x"), py::arg("scale"), py::arg("offset"))
      .def(
          "standardize",
          [](PythonGraph& self, index_t x, const Sizes& axes, bool invert, double epsilon,
             const std::vector<double>& mean, const std::vector<double>& variance) {
            const StandardizeParams params{axes, invert, epsilon, mean, variance};
            return add(self, [&](auto& graph) { return graph.standardize(x, params); });
          },
          py::arg("x"), py::arg("axes"), py::arg("invert"), py::arg("epsilon"), py::arg("mean"),
          py::arg("variance"))
      .def("python", add_python, py::arg("x"), py::arg("object"), py::arg("output_shape"),
           py::arg("parameters"), "parameters: (name, shape, whether it is state) of each.")
      .def(
          "output_shape",
          [](const PythonGraph& self, index_t id) {
            return std::visit([&](const auto& graph) { return to_tuple(graph.shape(id)); },
                              self.graph);
          },
          py::arg("id"))
      .def("parameters", parameters, py::arg("id"), "(name, shape) of each parameter of a node.");
}

}  // namespace pycnn::bindings

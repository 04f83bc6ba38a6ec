// Checks arrays and describes them to the core as rows to gather.
#include "network.hpp"

namespace pycnn::bindings {
namespace {

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

}  // namespace

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

std::vector<BatchSource> target_sources(const char* op, const py::object& y) {
  if (!is_sequence(y)) return {source(op, "y", y.cast<py::array>())};
  std::vector<BatchSource> sources;
  for (const auto& array : y.cast<std::vector<py::array>>()) {
    const std::string name = "y[" + std::to_string(sources.size()) + "]";
    sources.push_back(source(op, name.c_str(), array));
  }
  return sources;
}

}  // namespace pycnn::bindings

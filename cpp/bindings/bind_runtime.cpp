// Runtime settings and random numbers.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

py::dict build_info() {
  py::dict info;
  info["version"] = version();
  info["compiler"] = compiler();
  info["isas"] = isas();
  info["isa"] = isa();
  return info;
}

std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t> philox_block(
    std::uint32_t key0, std::uint32_t key1, std::uint32_t c0, std::uint32_t c1, std::uint32_t c2,
    std::uint32_t c3) {
  const PhiloxBlock bits = philox({key0, key1}, {c0, c1, c2, c3});
  return {bits[0], bits[1], bits[2], bits[3]};
}

void check_count(const char* op, index_t count) {
  if (count < 0) {
    throw py::value_error(std::string("[") + op +
                          "] count must not be negative; got count=" + std::to_string(count));
  }
}

py::array_t<double> uniform(std::uint64_t seed, std::uint32_t stream,
                            const std::array<std::uint32_t, 3>& counter, index_t count) {
  check_count("random_uniform", count);
  const NewArray<double> out({count});
  run([&] { random_uniform(seed, stream, counter, count, out.view.data); });
  return out.array;
}

py::array_t<double> uniform_of_samples(std::uint64_t seed, std::uint32_t stream,
                                       std::uint32_t epoch, const py::array& samples,
                                       index_t count) {
  check_count("sample_uniform", count);
  const ConstView<std::int64_t> numbers = view<std::int64_t>("sample_uniform", "samples", samples);
  const NewArray<double> out({numbers.size(), count});
  run([&] {
    sample_uniform(seed, stream, epoch, numbers.data, numbers.size(), count, out.view.data);
  });
  return out.array;
}

py::array_t<std::int64_t> permutation_of(std::uint64_t seed, std::uint32_t epoch, index_t n) {
  check_count("permutation", n);
  const NewArray<std::int64_t> out({n});
  run([&] { permutation(seed, epoch, n, out.view.data); });
  return out.array;
}

constexpr const char* precision_names[] = {"highest", "high"};

const char* precision() {
  return precision_names[static_cast<std::size_t>(float32_matmul_precision())];
}

void set_precision(const std::string& name) {
  for (const Precision precision : {Precision::highest, Precision::high}) {
    if (name == precision_names[static_cast<std::size_t>(precision)]) {
      return set_float32_matmul_precision(precision);
    }
  }
  throw py::value_error(
      "[set_float32_matmul_precision] precision must be highest or high; got "
      "precision=" +
      name);
}

}  // namespace

void bind_runtime(py::module_& module) {
  module.def("build_info", build_info, "Version, compiler and instruction sets.");
  module.def("isas", isas, "Instruction sets this machine can run, best first.");
  module.def("isa", isa, "The instruction set in use.");
  module.def("set_isa", set_isa, py::arg("name"), "Chooses the instruction set.");
  module.def("num_threads", num_threads, "Threads an operation may use.");
  module.def("set_num_threads", set_num_threads, py::arg("count"), "Sets num_threads().");
  module.def("float32_matmul_precision", precision, "How exact float32 products are.");
  module.def("set_float32_matmul_precision", set_precision, py::arg("precision"),
             "Sets float32_matmul_precision().");
  module.def("measure_peak", measure_peak, py::arg("threads"),
             py::call_guard<py::gil_scoped_release>(), "Fused multiply-add peak in GFLOP/s.");
  module.def("philox", philox_block, py::arg("key0"), py::arg("key1"), py::arg("c0"), py::arg("c1"),
             py::arg("c2"), py::arg("c3"), "One block of Philox4x32-10.");
  module.def("random_uniform", uniform, py::arg("seed"), py::arg("stream"), py::arg("counter"),
             py::arg("count"), "Uniform numbers in [0, 1) of a key and counter.");
  module.def("sample_uniform", uniform_of_samples, py::arg("seed"), py::arg("stream"),
             py::arg("epoch"), py::arg("samples"), py::arg("count"),
             "Uniform numbers in [0, 1) for each sample, (N, count).");
  module.def("permutation", permutation_of, py::arg("seed"), py::arg("epoch"), py::arg("n"),
             "The order of n samples in an epoch.");
}

}  // namespace pycnn::bindings

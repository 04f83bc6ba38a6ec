// A steady state allocates nothing: all calls of operator new of this program are counted.
// Sanitizers have an operator new of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "gradient_check.hpp"
#include "settings.hpp"

namespace {

std::atomic<long> allocations{0};

void* counted(void* memory) {
  ++allocations;
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(std::malloc(bytes > 0 ? bytes : 1)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace pycnn {
namespace {

using namespace test;

Graph<float> net_of_many_operations() {
  const ConvParams same{{1, 1}, {1, 1}, Padding::Kind::same};
  Graph<float> g;
  index_t x = g.rescale(g.input({28, 28, 1}), 0.5, 0);
  x = g.max_pool(g.activation(g.conv(x, 6, {5, 5}, same), Activation::relu), {{2, 2}, {2, 2}, {}});
  x = g.average_pool(g.conv(x, 16, {5, 5}, same), {{2, 2}, {2, 2}, {}});
  const index_t residual = g.batch_norm(g.conv(x, 16, {3, 3}, same, false), {}, 0.9);
  x = g.activation(g.merge(Merge::add, {residual, x}), Activation::relu);
  x = g.activation(g.batch_norm(g.depthwise_conv(x, 1, {3, 3}, same, false), {}, 0.9),
                   Activation::relu);
  x = g.lrn(g.normalize(x, {Normalization::group, -1}), {});
  x = g.conv_transpose(x, 8, {3, 3}, {{2, 2}, {1, 1}, Padding::Kind::same});
  x = g.dropout(g.flatten(g.concatenate({x, x})), 0.2, 1);
  g.softmax(g.dense(g.activation(g.dense(x, 120), Activation::tanh), 10));
  return g;
}

TEST_CASE("allocations: a step makes its result, a prediction nothing") {
  const KeptSettings kept;
  const Graph<float> graph = net_of_many_operations();
  for (int threads : {1, 2}) {
    CAPTURE(threads);
    set_num_threads(threads);
    Network<float> network(graph, graph.size() - 1);
    set_parameters(network, 3);
    network.compile({{Objective{}}, {}});
    constexpr index_t N = 64;
    const Tensor<float> x = reals<float>({N, 28, 28, 1}, 5);
    const std::vector<std::int64_t> labels(N, 3);
    std::vector<index_t> order;
    for (index_t row = 0; row < N; ++row) order.push_back(row);
    Tensor<float> y({N, 10});
    const std::vector<float*> outputs{y.values.data()};
    const auto allocated = [&](const auto& call) {
      const long before = allocations;
      call();
      return allocations - before;
    };
    const auto train = [&] { network.train_step(rows_of(x), rows_of(labels), order.data(), N, 0); };
    const auto predict = [&] { network.predict(rows_of(x), N, outputs); };
    // The workers may come late to their first tasks, and get their memory then.
    for (int i = 0; i < 20; ++i) train(), predict();
    long fewest_in_training = 1000, fewest_in_prediction = 1000;
    for (int i = 0; i < 5; ++i) {
      fewest_in_training = std::min(fewest_in_training, allocated(train));
      fewest_in_prediction = std::min(fewest_in_prediction, allocated(predict));
    }
    CHECK(fewest_in_training == 1);  // the losses of the outputs
    CHECK(fewest_in_prediction == 0);
  }
}

}  // namespace
}  // namespace pycnn
#endif

// Standardisation as a node: what each number of a sample is shifted by and multiplied with is
// written out for a run of whole periods, the shortest stretch that repeats.
#include <algorithm>
#include <cmath>

#include "../check.hpp"
#include "../parallel.hpp"
#include "../scratch.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

constexpr index_t least_run = 1 << 12;

template <class T>
class StandardizeNode final : public Node<T> {
 public:
  StandardizeNode(const Shape& shape, const StandardizeParams& params, const Shape& kept)
      : Node<T>({shape}, shape), params_(params), kept_(kept) {
    if (params_.axes.empty()) return;
    for (index_t axis = params_.axes.front(); axis < shape.rank(); ++axis) period_ *= shape[axis];
  }

  std::string kind() const override { return "standardize"; }
  bool runs_in_parts() const override { return true; }
  std::vector<ParameterSpec> parameters() const override {
    if (!params_.mean.empty()) return {};
    return {{"mean", kept_, true}, {"variance", kept_, true}, {"count", {}, true}};
  }
  Placement placement() const override { return Placement::in_place; }

  void forward(const NodeCall<T>& call) const override {
    const T *x = call.inputs[0], *shifts = nullptr, *factors = nullptr;
    T* y = call.output;
    const Scratch<T> table(2 * run());
    fill(call, table.data(), table.data() + run());
    shifts = table.data();
    factors = table.data() + run();
    const bool invert = params_.invert;
    parallel_blocks(call.N * this->output_shape().size(), run(), 2,
                    [&](index_t begin, index_t end) {
                      for (index_t i = begin; i < end; ++i) {
                        const T shift = shifts[i - begin], factor = factors[i - begin];
                        y[i] = invert ? x[i] * factor + shift : (x[i] - shift) * factor;
                      }
                    });
  }

  void backward(const NodeCall<T>& call) const override {
    const T* dy = call.doutput;
    T* dx = call.dinputs[0];
    const Scratch<T> table(2 * run());
    const T* factors = table.data() + run();
    fill(call, table.data(), table.data() + run());
    parallel_blocks(call.N * this->output_shape().size(), run(), 1,
                    [&](index_t begin, index_t end) {
                      for (index_t i = begin; i < end; ++i) dx[i] = dy[i] * factors[i - begin];
                    });
  }

 private:
  index_t run() const { return period_ * std::max<index_t>(least_run / period_, 1); }

  void fill(const NodeCall<T>& call, T* shifts, T* factors) const {
    const Shape& shape = this->output_shape();
    for (index_t place = 0; place < period_; ++place) {
      index_t rest = place, statistic = 0, stride = 1;
      for (index_t axis = shape.rank() - 1; axis >= 0; --axis) {
        if (std::binary_search(params_.axes.begin(), params_.axes.end(), axis)) {
          statistic += rest % shape[axis] * stride;
          stride *= shape[axis];
        }
        rest /= shape[axis];
      }
      const double variance = value(call, params_.variance, 1, statistic);
      const double deviation = std::max(std::sqrt(variance), params_.epsilon);
      shifts[place] = static_cast<T>(value(call, params_.mean, 0, statistic));
      factors[place] = static_cast<T>(params_.invert ? deviation : 1 / deviation);
    }
    for (index_t place = period_; place < run(); ++place) {
      shifts[place] = shifts[place - period_];
      factors[place] = factors[place - period_];
    }
  }

  static double value(const NodeCall<T>& call, const std::vector<double>& given,
                      std::size_t parameter, index_t at) {
    if (given.empty()) return static_cast<double>(call.parameters[parameter][at]);
    return given[static_cast<std::size_t>(at)];
  }

  StandardizeParams params_;
  Shape kept_;
  index_t period_ = 1;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> standardize_node(const Shape& x, const StandardizeParams& params) {
  PYCNN_CHECK(x.size() > 0, "[standardize] input must not be empty; got sample shape ", x);
  Shape kept;
  index_t next = 0;
  for (index_t axis : params.axes) {
    PYCNN_CHECK(axis >= next && axis < x.rank(),
                "[standardize] axes must ascend and be axes of sample shape ", x,
                "; got axis=", axis);
    kept.push_back(x[axis]);
    next = axis + 1;
  }
  const auto given = static_cast<index_t>(params.mean.size());
  PYCNN_CHECK(params.variance.size() == params.mean.size() && (given == 0 || given == kept.size()),
              "[standardize] mean and variance must hold ", kept.size(),
              " numbers each for sample shape ", x, "; got ", given, " and ",
              params.variance.size());
  return std::make_unique<StandardizeNode<T>>(x, params, kept);
}

#define PYCNN_INSTANTIATE(T) \
  template std::unique_ptr<Node<T>> standardize_node<T>(const Shape&, const StandardizeParams&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Nodes that draw random numbers in training and do nothing else: dropout, normal noise.
#include <cstring>

#include "../check.hpp"
#include "nodes.hpp"
#include "pycnn/dropout.hpp"
#include "pycnn/noise.hpp"

namespace pycnn {
namespace {

/// A random map of a batch to one of its shape; outside training the identity.
template <class T>
class NoiseNode : public Node<T> {
 public:
  NoiseNode(const Shape& shape, std::uint32_t seed) : Node<T>({shape}, shape), seed_(seed) {}

  Placement placement() const override { return Placement::in_place; }

  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    if (call.context->training) {
      apply({call.inputs[0], shape}, key(call), {call.output, shape});
    } else {
      copy(shape, call.inputs[0], call.output);
    }
  }
  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    if (call.context->training) {
      apply_grad({call.doutput, shape}, key(call), {call.dinputs[0], shape});
    } else {
      copy(shape, call.doutput, call.dinputs[0]);
    }
  }

 protected:
  static void copy(const Shape& shape, const T* from, T* to) {
    if (from != to) std::memcpy(to, from, static_cast<std::size_t>(shape.size()) * sizeof(T));
  }

 private:
  virtual void apply(ConstView<T> x, const NoiseKey& key, TensorView<T> y) const = 0;
  virtual void apply_grad(ConstView<T> dy, const NoiseKey& key, TensorView<T> dx) const = 0;

  /// Whether all samples share their draws.
  virtual bool shared_by_samples() const { return false; }

  NoiseKey key(const NodeCall<T>& call) const {
    return {call.context->seed, seed_, static_cast<std::uint64_t>(call.context->step),
            shared_by_samples() ? 0 : call.context->first_sample};
  }

  std::uint32_t seed_;
};

template <class T>
class DropoutNode final : public NoiseNode<T> {
 public:
  DropoutNode(const Shape& shape, double rate, std::uint32_t seed,
              const std::vector<index_t>& noise_shape)
      : NoiseNode<T>(shape, seed), rate_(rate), noise_shape_(noise_shape) {}

  std::string kind() const override { return "dropout"; }

 private:
  bool shared_by_samples() const override { return !noise_shape_.empty() && noise_shape_[0] == 1; }
  void apply(ConstView<T> x, const NoiseKey& key, TensorView<T> y) const override {
    dropout<T>(x, rate_, noise_shape_for("dropout", noise_shape_, x.shape), key, y);
  }
  void apply_grad(ConstView<T> dy, const NoiseKey& key, TensorView<T> dx) const override {
    dropout_grad<T>(dy, rate_, noise_shape_for("dropout", noise_shape_, dy.shape), key, dx);
  }

  double rate_;
  std::vector<index_t> noise_shape_;
};

template <class T>
class AlphaDropoutNode final : public NoiseNode<T> {
 public:
  AlphaDropoutNode(const Shape& shape, double rate, std::uint32_t seed,
                   const std::vector<index_t>& noise_shape)
      : NoiseNode<T>(shape, seed), rate_(rate), noise_shape_(noise_shape) {}

  std::string kind() const override { return "alpha_dropout"; }

 private:
  bool shared_by_samples() const override { return !noise_shape_.empty() && noise_shape_[0] == 1; }
  void apply(ConstView<T> x, const NoiseKey& key, TensorView<T> y) const override {
    alpha_dropout<T>(x, rate_, noise_shape_for("alpha_dropout", noise_shape_, x.shape), key, y);
  }
  void apply_grad(ConstView<T> dy, const NoiseKey& key, TensorView<T> dx) const override {
    const Shape noise_shape = noise_shape_for("alpha_dropout", noise_shape_, dy.shape);
    alpha_dropout_grad<T>(dy, rate_, noise_shape, key, dx);
  }

  double rate_;
  std::vector<index_t> noise_shape_;
};

template <class T>
class GaussianNoiseNode final : public NoiseNode<T> {
 public:
  GaussianNoiseNode(const Shape& shape, double stddev, std::uint32_t seed)
      : NoiseNode<T>(shape, seed), stddev_(stddev) {}

  std::string kind() const override { return "gaussian_noise"; }

 private:
  void apply(ConstView<T> x, const NoiseKey& key, TensorView<T> y) const override {
    gaussian_noise<T>(x, stddev_, key, y);
  }
  void apply_grad(ConstView<T> dy, const NoiseKey&, TensorView<T> dx) const override {
    this->copy(dy.shape, dy.data, dx.data);
  }

  double stddev_;
};

template <class T>
class GaussianDropoutNode final : public NoiseNode<T> {
 public:
  GaussianDropoutNode(const Shape& shape, double rate, std::uint32_t seed)
      : NoiseNode<T>(shape, seed), rate_(rate) {}

  std::string kind() const override { return "gaussian_dropout"; }

 private:
  void apply(ConstView<T> x, const NoiseKey& key, TensorView<T> y) const override {
    gaussian_dropout<T>(x, rate_, key, y);
  }
  void apply_grad(ConstView<T> dy, const NoiseKey& key, TensorView<T> dx) const override {
    gaussian_dropout_grad<T>(dy, rate_, key, dx);
  }

  double rate_;
};

void check_rate(const char* op, double rate) {
  PYCNN_CHECK(rate >= 0 && rate < 1, "[", op,
              "] rate must be at least 0 and below 1; got rate=", rate);
}

/// What does not depend on the batch: its axis fits whatever is asked there.
void check_noise_shape(const char* op, std::vector<index_t> noise_shape, const Shape& x) {
  if (!noise_shape.empty() && noise_shape[0] >= 1) noise_shape[0] = 1;
  noise_shape_for(op, noise_shape, x.batch(1));
}

}  // namespace

template <class T>
std::unique_ptr<Node<T>> dropout_node(const Shape& x, double rate, std::uint32_t seed,
                                      const std::vector<index_t>& noise_shape) {
  check_rate("dropout", rate);
  check_noise_shape("dropout", noise_shape, x);
  return std::make_unique<DropoutNode<T>>(x, rate, seed, noise_shape);
}

template <class T>
std::unique_ptr<Node<T>> alpha_dropout_node(const Shape& x, double rate, std::uint32_t seed,
                                            const std::vector<index_t>& noise_shape) {
  check_rate("alpha_dropout", rate);
  check_noise_shape("alpha_dropout", noise_shape, x);
  return std::make_unique<AlphaDropoutNode<T>>(x, rate, seed, noise_shape);
}

template <class T>
std::unique_ptr<Node<T>> gaussian_noise_node(const Shape& x, double stddev, std::uint32_t seed) {
  PYCNN_CHECK(stddev >= 0,
              "[gaussian_noise] stddev must be a finite number >= 0; got stddev=", stddev);
  return std::make_unique<GaussianNoiseNode<T>>(x, stddev, seed);
}

template <class T>
std::unique_ptr<Node<T>> gaussian_dropout_node(const Shape& x, double rate, std::uint32_t seed) {
  check_rate("gaussian_dropout", rate);
  return std::make_unique<GaussianDropoutNode<T>>(x, rate, seed);
}

#define PYCNN_INSTANTIATE(T)                                                                     \
  template std::unique_ptr<Node<T>> dropout_node<T>(const Shape&, double, std::uint32_t,         \
                                                    const std::vector<index_t>&);                \
  template std::unique_ptr<Node<T>> alpha_dropout_node<T>(const Shape&, double, std::uint32_t,   \
                                                          const std::vector<index_t>&);          \
  template std::unique_ptr<Node<T>> gaussian_noise_node<T>(const Shape&, double, std::uint32_t); \
  template std::unique_ptr<Node<T>> gaussian_dropout_node<T>(const Shape&, double, std::uint32_t);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Nodes that move or rescale numbers: reshape, resize, rescale.
#include <cstring>

#include "../check.hpp"
#include "nodes.hpp"
#include "pycnn/resize.hpp"

namespace pycnn {
namespace {

template <class T>
class ReshapeNode final : public Node<T> {
 public:
  using Node<T>::Node;
  std::string kind() const override { return "reshape"; }
  bool runs_in_parts() const override { return true; }
  Placement placement() const override { return Placement::alias; }
  void forward(const NodeCall<T>&) const override {}
  void backward(const NodeCall<T>& call) const override {
    // Memory of its own where the input has other readers, whose gradients are added to it.
    if (call.dinputs[0] == call.doutput) return;
    const index_t size = call.N * this->output_shape().size();
    std::memcpy(call.dinputs[0], call.doutput, static_cast<std::size_t>(size) * sizeof(T));
  }
};

template <class T>
class ResizeNode final : public Node<T> {
 public:
  ResizeNode(const Shape& input, const Shape& output, const ResizeParams& params)
      : Node<T>({input}, output), params_(params) {}

  std::string kind() const override { return "resize"; }
  bool runs_in_parts() const override { return true; }
  void forward(const NodeCall<T>& call) const override {
    resize<T>({call.inputs[0], this->input_shapes()[0].batch(call.N)}, params_,
              {call.output, this->output_shape().batch(call.N)});
  }
  void backward(const NodeCall<T>& call) const override {
    resize_grad<T>({call.doutput, this->output_shape().batch(call.N)}, params_,
                   {call.dinputs[0], this->input_shapes()[0].batch(call.N)});
  }

 private:
  ResizeParams params_;
};

template <class T>
class RescaleNode final : public Node<T> {
 public:
  RescaleNode(const Shape& shape, double scale, double offset)
      : Node<T>({shape}, shape), scale_(scale), offset_(offset) {}

  std::string kind() const override { return "rescale"; }
  bool runs_in_parts() const override { return true; }
  Placement placement() const override { return Placement::in_place; }
  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    rescale<T>({call.inputs[0], shape}, scale_, offset_, {call.output, shape});
  }
  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    rescale_grad<T>({call.doutput, shape}, scale_, {call.dinputs[0], shape});
  }

 private:
  double scale_;
  double offset_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> reshape_node(const Shape& x, const Shape& target) {
  PYCNN_CHECK(x.size() == target.size(), "[reshape] target shape must keep the ", x.size(),
              " elements of sample shape ", x, "; got target shape ", target);
  return std::make_unique<ReshapeNode<T>>(std::vector<Shape>{x}, target);
}

template <class T>
std::unique_ptr<Node<T>> resize_node(const Shape& x, index_t height, index_t width,
                                     const ResizeParams& params) {
  PYCNN_CHECK(x.rank() == 3 && x.size() > 0,
              "[resize] input must have rank 4: (N, H, W, C), none empty; got sample shape ", x);
  PYCNN_CHECK(height >= 1 && width >= 1, "[resize] height and width must be positive; got size=(",
              height, ", ", width, ")");
  return std::make_unique<ResizeNode<T>>(x, Shape{height, width, x[2]}, params);
}

template <class T>
std::unique_ptr<Node<T>> rescale_node(const Shape& x, double scale, double offset) {
  return std::make_unique<RescaleNode<T>>(x, scale, offset);
}

#define PYCNN_INSTANTIATE(T)                                                       \
  template std::unique_ptr<Node<T>> reshape_node<T>(const Shape&, const Shape&);   \
  template std::unique_ptr<Node<T>> resize_node<T>(const Shape&, index_t, index_t, \
                                                   const ResizeParams&);           \
  template std::unique_ptr<Node<T>> rescale_node<T>(const Shape&, double, double);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

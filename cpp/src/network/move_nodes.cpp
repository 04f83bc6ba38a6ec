// Nodes that move numbers and compute none: padding and cropping, transposition, patches.
#include "../check.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

template <class T>
class PadNode final : public Node<T> {
 public:
  PadNode(const Shape& input, const Shape& output, PadParams params)
      : Node<T>({input}, output), params_(std::move(params)) {}

  std::string kind() const override { return "pad"; }
  bool runs_in_parts() const override { return true; }
  void forward(const NodeCall<T>& call) const override {
    pad<T>({call.inputs[0], this->input_shapes()[0].batch(call.N)}, params_,
           {call.output, this->output_shape().batch(call.N)});
  }
  void backward(const NodeCall<T>& call) const override {
    pad_grad<T>({call.doutput, this->output_shape().batch(call.N)}, params_,
                {call.dinputs[0], this->input_shapes()[0].batch(call.N)});
  }

 private:
  PadParams params_;  // with the batch axis
};

template <class T>
class TransposeNode final : public Node<T> {
 public:
  TransposeNode(const Shape& input, const Shape& output, const std::vector<index_t>& axes)
      : Node<T>({input}, output), axes_(axes), batch_axes_{0} {
    for (index_t axis : axes) batch_axes_.push_back(axis + 1);
  }

  const std::vector<index_t>& axes() const { return axes_; }
  std::string kind() const override { return "transpose"; }
  bool runs_in_parts() const override { return true; }
  void forward(const NodeCall<T>& call) const override {
    transpose<T>({call.inputs[0], this->input_shapes()[0].batch(call.N)}, batch_axes_,
                 {call.output, this->output_shape().batch(call.N)});
  }
  void backward(const NodeCall<T>& call) const override {
    transpose_grad<T>({call.doutput, this->output_shape().batch(call.N)}, batch_axes_,
                      {call.dinputs[0], this->input_shapes()[0].batch(call.N)});
  }

 private:
  std::vector<index_t> axes_;
  std::vector<index_t> batch_axes_;
};

template <class T>
class PatchesNode final : public Node<T> {
 public:
  PatchesNode(const Shape& input, const Shape& output, PatchParams params)
      : Node<T>({input}, output), params_(std::move(params)) {}

  std::string kind() const override { return "extract_patches"; }
  bool runs_in_parts() const override { return true; }
  void forward(const NodeCall<T>& call) const override {
    extract_patches<T>({call.inputs[0], this->input_shapes()[0].batch(call.N)}, params_,
                       {call.output, this->output_shape().batch(call.N)});
  }
  void backward(const NodeCall<T>& call) const override {
    extract_patches_grad<T>({call.doutput, this->output_shape().batch(call.N)}, params_,
                            {call.dinputs[0], this->input_shapes()[0].batch(call.N)});
  }

 private:
  PatchParams params_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> pad_node(const Shape& x, PadParams params) {
  params.pad_width.insert(params.pad_width.begin(), {0, 0});
  const Shape output = pad_output_shape(x.batch(1), params).sample();
  return std::make_unique<PadNode<T>>(x, output, std::move(params));
}

template <class T>
std::unique_ptr<Node<T>> transpose_node(const Shape& x, const std::vector<index_t>& axes) {
  const Shape output = transpose_output_shape(x, axes);
  if (transpose_keeps_order(x, axes)) return reshape_node<T>(x, output);
  return std::make_unique<TransposeNode<T>>(x, output, axes);
}

template <class T>
const std::vector<index_t>* transposed_axes(const Node<T>* node) {
  const auto* const transposition = dynamic_cast<const TransposeNode<T>*>(node);
  return transposition == nullptr ? nullptr : &transposition->axes();
}

template <class T>
std::unique_ptr<Node<T>> extract_patches_node(const Shape& x, const PatchParams& params) {
  const Shape output = extract_patches_output_shape(x.batch(1), params).sample();
  return std::make_unique<PatchesNode<T>>(x, output, params);
}

#define PYCNN_INSTANTIATE(T)                                                                      \
  template std::unique_ptr<Node<T>> pad_node<T>(const Shape&, PadParams);                         \
  template std::unique_ptr<Node<T>> transpose_node<T>(const Shape&, const std::vector<index_t>&); \
  template const std::vector<index_t>* transposed_axes<T>(const Node<T>*);                        \
  template std::unique_ptr<Node<T>> extract_patches_node<T>(const Shape&, const PatchParams&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

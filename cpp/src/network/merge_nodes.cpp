// Nodes of several inputs: elementwise operations on them, and concatenation.
#include "../concatenation.hpp"
#include "nodes.hpp"
#include "pycnn/merge.hpp"

namespace pycnn {
namespace {

/// Views of a batch, one for each input.
template <class T>
std::vector<TensorView<T>> views(const std::vector<T*>& data, const std::vector<Shape>& shapes,
                                 index_t N) {
  std::vector<TensorView<T>> views;
  for (std::size_t i = 0; i < data.size(); ++i) views.push_back({data[i], shapes[i].batch(N)});
  return views;
}

template <class T>
class MergeNode final : public Node<T> {
 public:
  /// `shapes` are of one rank.
  MergeNode(Merge kind, const std::vector<Shape>& inputs, std::vector<Shape> shapes,
            const Shape& output)
      : Node<T>(inputs, output), merge_(kind), shapes_(std::move(shapes)) {}

  std::string kind() const override { return merge_name(merge_); }
  bool runs_in_parts() const override { return true; }
  Placement placement() const override {
    const bool repeated = shapes_[0].size() != this->output_shape().size();
    return repeated ? Placement::own : Placement::in_place;
  }
  bool adds_two() const {
    const std::vector<Shape>& inputs = this->input_shapes();
    return merge_ == Merge::add && inputs.size() == 2 && inputs[0] == this->output_shape() &&
           inputs[1] == this->output_shape();
  }
  bool backward_reads(std::size_t /*input*/) const override {
    return merge_ == Merge::multiply || merge_ == Merge::maximum || merge_ == Merge::minimum;
  }

  void forward(const NodeCall<T>& call) const override {
    merge<T>(merge_, views(call.inputs, shapes_, call.N),
             {call.output, this->output_shape().batch(call.N)});
  }
  void backward(const NodeCall<T>& call) const override {
    merge_grad<T>(merge_, {call.doutput, this->output_shape().batch(call.N)},
                  views(call.inputs, shapes_, call.N), views(call.dinputs, shapes_, call.N));
  }

 private:
  Merge merge_;
  std::vector<Shape> shapes_;
};

template <class T>
class ConcatenateNode final : public Node<T> {
 public:
  ConcatenateNode(const std::vector<Shape>& inputs, index_t axis, const Shape& output)
      : Node<T>(inputs, output), parts_(inputs, axis) {}

  std::string kind() const override { return "concatenate"; }
  bool runs_in_parts() const override { return true; }
  void forward(const NodeCall<T>& call) const override {
    parts_.join(call.N, call.inputs, call.output);
  }
  void backward(const NodeCall<T>& call) const override {
    parts_.split<T>(call.N, call.doutput, call.dinputs);
  }

 private:
  Concatenation parts_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> merge_node(Merge kind, const std::vector<Shape>& inputs) {
  const Shape output = merge_output_shape(kind, inputs);
  // Axes of size 1 in front, so that the batch axes lie upon each other.
  std::vector<Shape> shapes;
  for (const Shape& input : inputs) {
    Shape shape;
    for (index_t axis = input.rank(); axis < output.rank(); ++axis) shape.push_back(1);
    for (index_t extent : input) shape.push_back(extent);
    shapes.push_back(shape);
  }
  return std::make_unique<MergeNode<T>>(kind, inputs, std::move(shapes), output);
}

template <class T>
std::unique_ptr<Node<T>> concatenate_node(const std::vector<Shape>& inputs, index_t axis) {
  return std::make_unique<ConcatenateNode<T>>(inputs, axis, concatenate_output_shape(inputs, axis));
}

template <class T>
bool adds_two(const Node<T>& node) {
  const auto* const own = dynamic_cast<const MergeNode<T>*>(&node);
  return own && own->adds_two();
}

#define PYCNN_INSTANTIATE(T)                                                         \
  template std::unique_ptr<Node<T>> merge_node<T>(Merge, const std::vector<Shape>&); \
  template bool adds_two<T>(const Node<T>&);                                         \
  template std::unique_ptr<Node<T>> concatenate_node<T>(const std::vector<Shape>&, index_t);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn

// Lays parameters out in flat buffers and packs them for the kernels when they have changed.
#include "parameters.hpp"

#include <algorithm>
#include <cstring>

namespace pycnn {
namespace {

template <class T>
std::vector<Parameter<T>> list_parameters(const Graph<T>& graph,
                                          std::vector<index_t>& first_parameter,
                                          index_t& trained_size, index_t& state_size) {
  std::vector<Parameter<T>> list;
  for (index_t id = 0; id < graph.size(); ++id) {
    first_parameter.push_back(static_cast<index_t>(list.size()));
    const auto& entry = graph.entry(id);
    const auto& node = entry.node;
    if (!node) continue;
    if (entry.parameters_of != id) {
      first_parameter.back() = first_parameter[static_cast<std::size_t>(entry.parameters_of)];
      continue;
    }
    for (const ParameterSpec& spec : node->parameters()) {
      list.push_back({id, spec.name, {nullptr, spec.shape}, {nullptr, spec.shape}, spec.state});
      (spec.state ? state_size : trained_size) += padded(spec.shape.size());
    }
  }
  return list;
}

}  // namespace

template <class T>
FlatBuffer<T>::FlatBuffer(index_t size)
    : memory_(allocate_aligned(static_cast<std::size_t>(size) * sizeof(T))) {
  std::memset(memory_.get(), 0, static_cast<std::size_t>(size) * sizeof(T));
}

template <class T>
ParameterStore<T>::ParameterStore(const Graph<T>& graph, std::vector<index_t>& first_parameter)
    : list_(list_parameters(graph, first_parameter, trained_size_, state_size_)),
      values_(trained_size_ + state_size_),
      gradients_(trained_size_) {
  index_t next_trained = 0, next_state = trained_size_;
  for (Parameter<T>& parameter : list_) {
    index_t& offset = parameter.state ? next_state : next_trained;
    parameter.value.data = values() + offset;
    if (!parameter.state) parameter.gradient.data = gradients() + offset;
    offset += padded(parameter.value.size());
  }
}

template <class T>
bool ParameterStore<T>::freeze(const std::vector<bool>& frozen) {
  bool changed = false;
  for (std::size_t p = 0; p < list_.size(); ++p) {
    changed = changed || list_[p].frozen != frozen[p];
    list_[p].frozen = frozen[p];
  }
  if (!changed) return false;
  std::memset(gradients(), 0, static_cast<std::size_t>(trained_size_) * sizeof(T));
  return true;
}

template <class T>
bool ParameterStore<T>::frozen(const Step<T>& step) const {
  const auto begin = list_.begin() + step.first_parameter;
  const auto end = begin + static_cast<index_t>(step.node->parameters().size());
  return begin != end && std::all_of(begin, end, [](const auto& own) { return own.frozen; });
}

template <class T>
void ParameterStore<T>::set_decays(const std::vector<bool>& decays) {
  for (std::size_t p = 0; p < list_.size(); ++p) list_[p].decays = decays[p];
}

template <class T>
void ParameterStore<T>::pack(const StepList<T>& steps, const std::vector<bool>& forward,
                             const std::vector<bool>& backward) {
  const std::lock_guard<std::mutex> guard(pack_lock_);
  packs_.resize(steps.packs);
  const std::uint64_t version = version_;
  for (std::size_t s = 0; s < steps.steps.size(); ++s) {
    if (!forward[s] && !backward[s]) continue;
    const Step<T>& step = steps.steps[s];
    Pack& pack = packs_[static_cast<std::size_t>(step.pack)];
    if (pack.values.empty()) {
      for (std::size_t p = 0; p < step.node->parameters().size(); ++p) {
        pack.values.push_back(list_[static_cast<std::size_t>(step.first_parameter) + p].value.data);
      }
    }
    const auto refresh = [&](AlignedView& view, index_t size, auto pack_into) {
      if (size == 0 || view.version == version) return;
      if (!view.memory) view.memory = allocate_aligned(static_cast<std::size_t>(size) * sizeof(T));
      pack_into(reinterpret_cast<T*>(view.memory.get()));
      view.version = version;
    };
    if (forward[s]) {
      refresh(pack.forward, step.node->packed_size(),
              [&](T* to) { step.node->pack(pack.values, to); });
    }
    if (backward[s]) {
      refresh(pack.backward, step.node->packed_backward_size(),
              [&](T* to) { step.node->pack_backward(pack.values, to); });
    }
  }
}

template class FlatBuffer<float>;
template class FlatBuffer<double>;
template class ParameterStore<float>;
template class ParameterStore<double>;

}  // namespace pycnn

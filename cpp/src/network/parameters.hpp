// The parameters of a network: flat values, gradients and slots, and what nodes pack of them.
#pragma once

#include <atomic>
#include <mutex>

#include "../scratch.hpp"
#include "pycnn/network.hpp"
#include "steps.hpp"

namespace pycnn {

/// Zeros, 64-byte aligned.
template <class T>
class FlatBuffer {
 public:
  explicit FlatBuffer(index_t size);
  T* data() const { return reinterpret_cast<T*>(memory_.get()); }

 private:
  AlignedMemory memory_;
};

/// Numbers that a parameter of `size` occupies: 64 bytes of float32 or a multiple.
inline index_t padded(index_t size) { return (size + 15) / 16 * 16; }

template <class T>
class ParameterStore {
 public:
  /// `first_parameter` becomes, for each graph id, where its parameters begin in list().
  ParameterStore(const Graph<T>& graph, std::vector<index_t>& first_parameter);

  const std::vector<Parameter<T>>& list() const { return list_; }
  /// Whether anything changed.
  bool freeze(const std::vector<bool>& frozen);
  /// Whether a step has parameters and all of them are frozen.
  bool frozen(const Step<T>& step) const;
  void set_decays(const std::vector<bool>& decays);
  /// Calls body(begin, end, decays) for each stretch of the flat buffers that is to be trained.
  template <class Body>
  void each_trained(const Body& body) const {
    index_t begin = 0, end = 0;  // of a stretch that may go on
    bool decays = true;
    for (const Parameter<T>& parameter : list_) {
      if (parameter.state || parameter.frozen) continue;
      if (offset(parameter) != end || parameter.decays != decays) {
        if (end > begin) body(begin, end, decays);
        begin = offset(parameter);
        decays = parameter.decays;
      }
      end = offset(parameter) + padded(parameter.value.size());
    }
    if (end > begin) body(begin, end, decays);
  }
  /// Of the gradients, and of the values without state.
  index_t trained_size() const { return trained_size_; }
  /// Of the values.
  index_t size() const { return trained_size_ + state_size_; }
  T* values() const { return values_.data(); }
  T* gradients() const { return gradients_.data(); }
  index_t offset(const Parameter<T>& parameter) const { return parameter.value.data - values(); }

  void changed() { ++version_; }

  /// Packs what is out of date of the steps named. Nobody may change values meanwhile; several may
  /// call at once.
  void pack(const StepList<T>& steps, const std::vector<bool>& forward,
            const std::vector<bool>& backward);
  /// By Step::pack.
  const T* packed(index_t pack) const {
    return packs_[static_cast<std::size_t>(pack)].forward.get();
  }
  const T* packed_backward(index_t pack) const {
    return packs_[static_cast<std::size_t>(pack)].backward.get();
  }

 private:
  struct AlignedView {
    AlignedMemory memory;
    std::uint64_t version = 0;  // of the values it was packed from; 0: never
    const T* get() const { return reinterpret_cast<const T*>(memory.get()); }
  };
  struct Pack {
    std::vector<const T*> values;  // of the node's parameters
    AlignedView forward, backward;
  };

  index_t trained_size_ = 0, state_size_ = 0;  // before list_, whose making counts them
  std::vector<Parameter<T>> list_;
  FlatBuffer<T> values_, gradients_;
  std::atomic<std::uint64_t> version_{1};
  std::mutex pack_lock_;
  std::vector<Pack> packs_;
};

}  // namespace pycnn

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

template <class T>
class ParameterStore {
 public:
  /// `first_parameter` becomes, for each graph id, where its parameters begin in list().
  ParameterStore(const Graph<T>& graph, std::vector<index_t>& first_parameter);

  const std::vector<Parameter<T>>& list() const { return list_; }
  index_t flat_size() const { return flat_size_; }
  T* values() const { return values_.data(); }
  T* gradients() const { return gradients_.data(); }
  index_t offset(const Parameter<T>& parameter) const { return parameter.value.data - values(); }

  void changed() { ++version_; }

  /// Packs what is out of date. Nobody may change values meanwhile; several may call at once.
  void pack(const StepList<T>& steps, const std::vector<bool>& backward);
  const T* packed(std::size_t step) const { return packs_[step].forward.get(); }
  const T* packed_backward(std::size_t step) const { return packs_[step].backward.get(); }

 private:
  struct AlignedView {
    AlignedMemory memory;
    std::uint64_t version = 0;  // of the values it was packed from; 0: never
    const T* get() const { return reinterpret_cast<const T*>(memory.get()); }
  };
  struct Pack {
    AlignedView forward, backward;
  };

  index_t flat_size_ = 0;  // before list_, whose making counts it
  std::vector<Parameter<T>> list_;
  FlatBuffer<T> values_, gradients_;
  std::atomic<std::uint64_t> version_{1};
  std::mutex pack_lock_;
  std::vector<Pack> packs_;
};

}  // namespace pycnn

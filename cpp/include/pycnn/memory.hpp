// What a network needs for batches of some size, operation by operation: memory and arithmetic.
#pragma once

#include <string>
#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

/// One operation as it is run.
struct OperationNeeds {
  std::vector<index_t> nodes;  // ids in the graph; several where they are computed as one
  std::string route;           // what computes it (Node::route), "input" for an input
  Shape output_shape;          // of a sample
  index_t kept_bytes = 0;      // that forward leaves to backward
  index_t flops = 0;           // of forward; see Node::flops
  index_t training_flops = 0;  // of forward and backward
  bool mixes_samples = false;  // in training: a batch cut into parts is not the same then
};

/// In bytes. An arena is the memory in which all values, gradients and kept bytes of a batch lie.
struct MemoryPlan {
  std::vector<OperationNeeds> operations;  // inputs, then the others in the order they run in
  index_t training_arena = 0;
  index_t inference_arena = 0;
  index_t parameters = 0;
  index_t gradients = 0;         // of parameters
  index_t optimizer_slots = 0;   // none before the network is compiled
  index_t training_packed = 0;   // untrained kernels in the order that the kernels of the ISA want
  index_t inference_packed = 0;  // all kernels in that order
};

}  // namespace pycnn

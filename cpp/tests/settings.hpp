// Puts the global settings (instruction set, threads, precision) back at the end of a scope.
#pragma once

#include <string>

#include "pycnn/runtime.hpp"

namespace pycnn::test {

class KeptSettings {
 public:
  KeptSettings() : isa_(isa()), threads_(num_threads()), precision_(float32_matmul_precision()) {}
  ~KeptSettings() {
    set_isa(isa_);
    set_num_threads(threads_);
    set_float32_matmul_precision(precision_);
  }
  KeptSettings(const KeptSettings&) = delete;
  KeptSettings& operator=(const KeptSettings&) = delete;

 private:
  std::string isa_;
  int threads_;
  Precision precision_;
};

/// The instruction sets of this machine that fuse multiply-adds, and so must agree bit for bit.
inline std::vector<std::string> fused_isas() {
  std::vector<std::string> names;
  for (const std::string& name : isas()) {
    if (name != "portable") names.push_back(name);
  }
  return names;
}

}  // namespace pycnn::test

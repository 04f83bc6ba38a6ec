// Subnormal numbers as zeros, for a scope.
#pragma once

namespace pycnn {

/// Sets flush-to-zero and denormals-are-zero for a scope (x86), so that results do not depend on
/// the caller's mode and subnormal weights cost nothing extra.
class FlushSubnormals {
 public:
#if defined(__SSE__)
  FlushSubnormals() : saved_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(mode); }
  ~FlushSubnormals() { __builtin_ia32_ldmxcsr(saved_); }

 private:
  // All exceptions masked, round to nearest even, FTZ (bit 15), DAZ (bit 6).
  static constexpr unsigned mode = 0x1F80u | 0x8000u | 0x0040u;
  unsigned saved_;
#else
  FlushSubnormals() = default;
#endif
 public:
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;
};

}  // namespace pycnn

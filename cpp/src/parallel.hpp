// Threads: the only file that knows OpenMP.
//
// parallel_for(tasks, work, body) calls body(task) once for each task, on as many threads as `work`
// (about how many elementary operations there are in all) is worth. Which thread runs a task is
// unspecified, so a body writes only what belongs to its task: that makes results independent of
// the number of threads. The first exception by task number is rethrown after the region.
// Subnormals are flushed inside, and the caller's floating-point mode is restored.
#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>

#include "pycnn/tensor.hpp"
#include "runtime.hpp"

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

/// Below this many elementary operations a second thread costs more than it saves.
constexpr index_t work_per_thread = 1 << 17;

/// parallel_for on exactly this many threads.
template <class Body>
void parallel_for_on(int threads, index_t tasks, const Body& body) {
  if (threads <= 1) {
    const FlushSubnormals flush;
    for (index_t task = 0; task < tasks; ++task) body(task);
    return;
  }
  std::atomic<index_t> next{0};
  std::mutex failure_lock;
  std::exception_ptr failure;
  index_t failed_task = std::numeric_limits<index_t>::max();
#pragma omp parallel num_threads(threads)
  {
    const FlushSubnormals flush;
    for (index_t task = next++; task < tasks; task = next++) {
      try {
        body(task);
      } catch (...) {
        const std::lock_guard<std::mutex> guard(failure_lock);
        if (task < failed_task) {
          failed_task = task;
          failure = std::current_exception();
        }
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
}

template <class Body>
void parallel_for(index_t tasks, index_t work, const Body& body) {
  const index_t worth = std::min(tasks, work / work_per_thread + 1);
  const int allowed = omp_in_parallel() ? 1 : region_threads();
  parallel_for_on(static_cast<int>(std::min<index_t>(worth, allowed)), tasks, body);
}

/// Cuts [0, count) into blocks and calls body(begin, end) for each; `cost` is the work per item.
template <class Body>
void parallel_blocks(index_t count, index_t block, index_t cost, const Body& body) {
  parallel_for((count + block - 1) / block, count * cost, [&](index_t task) {
    const index_t begin = task * block;
    body(begin, std::min(count, begin + block));
  });
}

}  // namespace pycnn

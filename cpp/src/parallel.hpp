// Threads: how the algorithms share their work among them.
//
// parallel_for(tasks, work, body) calls body(task) once for each task, on as many threads as `work`
// (about how many elementary operations there are in all) is worth. Which thread runs a task is
// unspecified, so a body writes only what belongs to its task: that makes results independent of
// the number of threads. The first exception by task number is rethrown after the region. A region
// inside of a task runs on that task's thread. Subnormals are flushed inside, and the caller's
// floating-point mode is restored.
#pragma once

#include <algorithm>

#include "flush_subnormals.hpp"
#include "pycnn/tensor.hpp"
#include "runtime.hpp"
#include "thread_pool.hpp"

namespace pycnn {

/// How many threads a region that begins here may have.
inline int threads_here() { return ThreadPool::takes_part() ? 1 : num_threads(); }

/// Below this many elementary operations a second thread costs more than it saves.
constexpr index_t work_per_thread = 1 << 17;

/// Tasks of about equal work that keep all threads busy to the end.
inline index_t tasks_to_share() { return threads_here() == 1 ? 1 : 4 * threads_here(); }

/// parallel_for on this many threads where they are free.
template <class Body>
void parallel_for_on(int threads, index_t tasks, index_t work, const Body& body) {
  if (threads > 1) {
    const auto run_task = [](const void* erased, index_t task) {
      (*static_cast<const Body*>(erased))(task);
    };
    if (ThreadPool::instance().run(threads, work, tasks, run_task, &body)) return;
  }
  const FlushSubnormals flush;
  for (index_t task = 0; task < tasks; ++task) body(task);
}

template <class Body>
void parallel_for(index_t tasks, index_t work, const Body& body) {
  const index_t worth = std::min(tasks, work / work_per_thread + 1);
  parallel_for_on(static_cast<int>(std::min<index_t>(worth, threads_here())), tasks, work, body);
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

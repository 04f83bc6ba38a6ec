// The threads behind parallel_for: workers that a region may have and need not wait for.
//
// A region is over when its tasks are done, not when every worker has come: the caller takes tasks
// too, so a worker that the system does not run costs nothing. Idle workers look out for the next
// region for a few dozen microseconds, then sleep. One region at a time has the workers; the
// others, of other threads or inside of tasks, run on the thread that calls. A child of fork starts
// without workers and makes its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

class ThreadPool {
 public:
  /// Runs one task of a body whose type the pool does not know.
  using RunTask = void (*)(const void* body, index_t task);

  static ThreadPool& instance();

  /// Whether this thread is taking part in a region: those that it begins run on it alone.
  static bool takes_part();

  /// Runs all tasks on the caller and up to threads - 1 workers, and throws the first exception by
  /// task number again. `work`: as of parallel_for; workers that sleep are woken when it has come
  /// to enough to be worth it. False, and nothing done, when another region has the workers.
  bool run(int threads, index_t work, index_t tasks, RunTask run_task, const void* body);

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> sleeps{false};
    std::condition_variable called;
  };
  struct Region {
    index_t tasks;
    RunTask run_task;
    const void* body;
    std::mutex failure_lock;
    std::exception_ptr failure;
    index_t failed_task;

    void run(index_t task);
  };

  ThreadPool() = default;
  ~ThreadPool() = delete;
  static ThreadPool& make();

  void hire(int workers);
  void call_sleeping(int workers, index_t work);
  void work(Worker& self, int seat);
  bool wait_for_region(Worker& self, int seat);
  bool offers(int seat) const;
  index_t claim(int seat);
  void take_part(int seat);
  void wait_for_tasks();
  void stop();

  // Tasks that nobody has taken yet, below the number of seats: the caller's is 0. Who takes a task
  // knows that region_ stays as it is until the task is counted as done, and who finds none left
  // looks at nothing else: so nobody needs to know which region a late worker came for.
  alignas(64) std::atomic<std::uint64_t> offer_{0};
  alignas(64) std::atomic<index_t> unfinished_{0};
  alignas(64) Region* region_ = nullptr;
  index_t missed_work_ = 0;
  std::atomic<int> caller_processor_{-1};
  std::atomic<bool> busy_{false}, stopping_{false}, caller_sleeps_{false};
  std::mutex sleep_lock_;
  std::condition_variable done_;
  std::mutex hiring_lock_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace pycnn

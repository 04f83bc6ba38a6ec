// The workers' life: hired by the first region that wants them, asleep between regions, sent home
// when the process or the library ends.
#include "thread_pool.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <chrono>
#include <new>
#include <utility>

#include "flush_subnormals.hpp"

namespace pycnn {
namespace {

using Clock = std::chrono::steady_clock;

thread_local bool part_of_region = false;  // see ThreadPool::takes_part

/// How long a worker looks out for the next region: longer than the gaps between the regions of a
/// step, short enough not to keep a core from another process for long.
constexpr std::chrono::microseconds worker_patience{50};
/// How long a caller looks out for the end of the last tasks: longer than tasks differ.
constexpr std::chrono::microseconds caller_patience{200};

/// So much work done without the workers that sleep is worth waking them.
constexpr index_t work_to_wake_for = index_t{1} << 19;

constexpr int task_bits = 48;
constexpr std::uint64_t task_mask = (std::uint64_t{1} << task_bits) - 1;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Whether `happened` comes true before patience ends.
template <class Condition>
bool look_out_for(const Condition& happened, std::chrono::microseconds patience) {
  Clock::time_point end{};
  for (;;) {
    for (int i = 0; i < 32; ++i) {
      if (happened()) return true;
      pause();
    }
    const Clock::time_point now = Clock::now();
    if (end == Clock::time_point{}) end = now + patience;
    if (now >= end) return false;
  }
}

/// Goes to another of the processors that this thread may run on.
void leave_processor(int processor) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (CPU_COUNT(&others) == 0) return;
  sched_setaffinity(0, sizeof others, &others);
  sched_setaffinity(0, sizeof allowed, &allowed);
}

/// Leaves signals to the threads of the host while a worker, which takes over the mask, is made;
/// but for those that a thread brings upon itself.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
      sigdelset(&blocked, own);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

ThreadPool& ThreadPool::instance() {
  static ThreadPool& pool = make();
  return pool;
}

/// The pool itself is never destroyed: threads of the host may still compute while the process
/// ends, and do so alone then.
ThreadPool& ThreadPool::make() {
  static ThreadPool* const pool = new ThreadPool;
  struct Ending {
    ~Ending() { pool->stop(); }
  };
  static const Ending ending;
  // Only the thread that forks is there in the child, whatever the others were doing.
  pthread_atfork(nullptr, nullptr, [] { new (pool) ThreadPool; });
  return *pool;
}

void ThreadPool::Region::run(index_t task) {
  try {
    run_task(body, task);
  } catch (...) {
    const std::lock_guard<std::mutex> guard(failure_lock);
    if (!failure || task < failed_task) {
      failed_task = task;
      failure = std::current_exception();
    }
  }
}

bool ThreadPool::takes_part() { return part_of_region; }

bool ThreadPool::run(int threads, index_t work, index_t tasks, RunTask run_task, const void* body) {
  if (busy_.load(std::memory_order_relaxed) || busy_.exchange(true, std::memory_order_acquire)) {
    return false;
  }
  hire(threads - 1);
  Region region{tasks, run_task, body, {}, {}, 0};
  region_ = &region;
  unfinished_.store(tasks, std::memory_order_relaxed);
  caller_processor_.store(sched_getcpu(), std::memory_order_relaxed);
  offer_.store(static_cast<std::uint64_t>(threads) << task_bits |
               static_cast<std::uint64_t>(tasks));
  call_sleeping(threads - 1, work);
  {
    const FlushSubnormals flush;
    part_of_region = true;
    take_part(0);
    part_of_region = false;
  }
  wait_for_tasks();
  busy_.store(false, std::memory_order_release);
  if (region.failure) std::rethrow_exception(region.failure);
  return true;
}

/// Fewer come when the system has no more threads.
void ThreadPool::hire(int workers) {
  if (static_cast<int>(workers_.size()) >= workers) return;
  const std::lock_guard<std::mutex> guard(hiring_lock_);
  const BlockedSignals blocked;
  while (static_cast<int>(workers_.size()) < workers && !stopping_) {
    const int seat = static_cast<int>(workers_.size()) + 1;
    try {
      workers_.reserve(workers_.size() + 1);
      auto worker = std::make_unique<Worker>();
      worker->thread = std::thread([this, self = worker.get(), seat] { work(*self, seat); });
      workers_.push_back(std::move(worker));
    } catch (const std::exception&) {
      return;
    }
  }
}

void ThreadPool::call_sleeping(int workers, index_t work) {
  bool missed = false;
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (workers-- == 0) break;
    if (!worker->sleeps) continue;
    missed = true;
    if (missed_work_ + work < work_to_wake_for) break;
    worker->sleeps = false;
    {
      const std::lock_guard<std::mutex> guard(sleep_lock_);
    }
    worker->called.notify_one();
  }
  if (missed) missed_work_ = missed_work_ + work < work_to_wake_for ? missed_work_ + work : 0;
}

void ThreadPool::work(Worker& self, int seat) {
  const FlushSubnormals flush;
  part_of_region = true;
  while (wait_for_region(self, seat)) take_part(seat);
}

/// Who was called too late looks out for the next region before going back to sleep.
bool ThreadPool::wait_for_region(Worker& self, int seat) {
  const auto happened = [&] { return offers(seat) || stopping_; };
  while (!look_out_for(happened, worker_patience)) {
    std::unique_lock<std::mutex> lock(sleep_lock_);
    self.sleeps = true;  // before the look at the offer: see call_sleeping
    self.called.wait(lock, [&] { return !self.sleeps || happened(); });
    self.sleeps = false;
    lock.unlock();
    // When all processors are busy the system wakes it where the caller runs, to take turns.
    const int here = sched_getcpu();
    if (here == caller_processor_) leave_processor(here);
  }
  return !stopping_;
}

bool ThreadPool::offers(int seat) const {
  const std::uint64_t offer = offer_;
  return (offer & task_mask) != 0 && static_cast<std::uint64_t>(seat) < offer >> task_bits;
}

/// Takes a task: how many were left, with it; 0 when there is none for this seat.
index_t ThreadPool::claim(int seat) {
  std::uint64_t offer = offer_.load(std::memory_order_acquire);
  while ((offer & task_mask) != 0 && static_cast<std::uint64_t>(seat) < offer >> task_bits) {
    if (offer_.compare_exchange_weak(offer, offer - 1, std::memory_order_acquire)) {
      return static_cast<index_t>(offer & task_mask);
    }
  }
  return 0;
}

void ThreadPool::take_part(int seat) {
  index_t left = claim(seat);
  if (left == 0) return;
  Region& region = *region_;
  index_t finished = 0;
  for (; left != 0; left = claim(seat)) {
    region.run(region.tasks - left);
    ++finished;
  }
  if (unfinished_.fetch_sub(finished) == finished && caller_sleeps_) {
    {
      const std::lock_guard<std::mutex> guard(sleep_lock_);
    }
    done_.notify_one();
  }
}

void ThreadPool::wait_for_tasks() {
  const auto happened = [&] { return unfinished_ == 0; };
  if (look_out_for(happened, caller_patience)) return;
  std::unique_lock<std::mutex> lock(sleep_lock_);
  caller_sleeps_ = true;
  done_.wait(lock, happened);
  caller_sleeps_ = false;
}

/// A region of another thread goes on without workers.
void ThreadPool::stop() {
  stopping_ = true;
  const std::lock_guard<std::mutex> guard(hiring_lock_);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    {
      const std::lock_guard<std::mutex> sleeping(sleep_lock_);
    }
    worker->called.notify_one();
    if (worker->thread.get_id() == std::this_thread::get_id()) {
      worker->thread.detach();
    } else {
      worker->thread.join();
    }
  }
}

}  // namespace pycnn

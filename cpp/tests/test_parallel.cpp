// Threads: every task once, exceptions out of tasks, callers and workers at the same time, the
// floating-point mode, signals, children of fork.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "parallel.hpp"
#include "pycnn/conv.hpp"
#include "settings.hpp"
#include "test_data.hpp"

namespace pycnn {
namespace {

using namespace test;
using Clock = std::chrono::steady_clock;

constexpr index_t plenty = index_t{1} << 40;  // work worth any number of threads

TEST_CASE("parallel: every task runs once") {
  const KeptSettings kept;
  for (int threads : {1, 2, 3, 4, 9}) {
    set_num_threads(threads);
    for (index_t tasks : {0, 1, 2, 7, 1000}) {
      CAPTURE(threads);
      CAPTURE(tasks);
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
      parallel_for(tasks, plenty, [&](index_t task) { ++runs[static_cast<std::size_t>(task)]; });
      index_t wrong = 0;
      for (const auto& count : runs) wrong += count != 1;
      CHECK(wrong == 0);
    }
  }
}

/// The threads that take part in a region of this much work, when each waits a while for others.
std::size_t threads_of_region(index_t tasks, index_t work, std::size_t expected) {
  std::mutex lock;
  std::set<std::thread::id> seen;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(5);
  parallel_for(tasks, work, [&](index_t) {
    for (bool all = false; !all && Clock::now() < end; std::this_thread::yield()) {
      const std::lock_guard<std::mutex> guard(lock);
      seen.insert(std::this_thread::get_id());
      all = seen.size() >= expected;
    }
  });
  return seen.size();
}

TEST_CASE("parallel: no more threads than allowed, nor than the work is worth") {
  const KeptSettings kept;
  for (int threads : {1, 4, 2, 3}) {  // also fewer than there are already
    set_num_threads(threads);
    for (index_t work : {index_t{0}, work_per_thread - 1, plenty}) {
      const auto expected = static_cast<std::size_t>(work == plenty ? threads : 1);
      CHECK(threads_of_region(64, work, expected) == expected);
    }
  }
}

TEST_CASE("parallel: blocks cover a range once and in pieces of their size") {
  const KeptSettings kept;
  set_num_threads(3);
  for (index_t count : {0, 1, 9, 10, 11, 100}) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
    parallel_blocks(count, 10, plenty / 1000, [&](index_t begin, index_t end) {
      CHECK(begin % 10 == 0);
      CHECK(end == std::min(count, begin + 10));
      for (index_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
    });
    for (const auto& times : seen) REQUIRE(times == 1);
  }
}

TEST_CASE("parallel: the exception of the lowest task is thrown again") {
  const KeptSettings kept;
  for (int threads : {1, 2, 3, 4}) {
    set_num_threads(threads);
    CAPTURE(threads);
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::string caught;
      try {
        parallel_for(100, plenty, [](index_t task) {
          if (task % 17 == 3) throw std::runtime_error("task " + std::to_string(task));
        });
      } catch (const std::runtime_error& error) {
        caught = error.what();
      }
      CHECK(caught == "task 3");
    }
    // The threads are there for the next region.
    std::atomic<int> runs{0};
    parallel_for(100, plenty, [&](index_t) { ++runs; });
    CHECK(runs == 100);
  }
}

TEST_CASE("parallel: a region within a task runs on that task's thread") {
  const KeptSettings kept;
  set_num_threads(4);
  std::atomic<int> inner{0}, strays{0};
  parallel_for(8, plenty, [&](index_t) {
    const std::thread::id thread = std::this_thread::get_id();
    parallel_for(5, plenty, [&](index_t) {
      ++inner;
      strays += std::this_thread::get_id() != thread;
    });
  });
  CHECK(inner == 40);
  CHECK(strays == 0);
}

TEST_CASE("parallel: regions of several threads at once, while the number of threads changes") {
  const KeptSettings kept;
  std::atomic<bool> ends{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 2000; ++repeat) {
        const index_t tasks = repeat % 7;
        std::vector<int> runs(static_cast<std::size_t>(tasks));
        std::string caught;
        try {
          parallel_for(tasks, plenty, [&](index_t task) {
            ++runs[static_cast<std::size_t>(task)];
            if (repeat % 5 == 0 && task >= 3) throw std::runtime_error(std::to_string(task));
          });
        } catch (const std::runtime_error& error) {
          caught = error.what();
        }
        const bool throws = repeat % 5 == 0 && tasks > 3;
        wrong += caught != (throws ? "3" : "");
        for (int count : runs) wrong += !throws && count != 1;
      }
    });
  }
  std::thread changing([&] {
    for (int count = 1; !ends; count = count % 5 + 1) set_num_threads(count);
  });
  for (std::thread& caller : callers) caller.join();
  ends = true;
  changing.join();
  CHECK(wrong == 0);
}

TEST_CASE("parallel: workers take no signals of the process") {
  const KeptSettings kept;
  set_num_threads(3);
  std::atomic<int> open{0};
  const std::thread::id caller = std::this_thread::get_id();
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  parallel_for(64, plenty, [&](index_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    open += std::this_thread::get_id() != caller && !sigismember(&mask, SIGINT);
  });
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(open == 0);
  CHECK(sigismember(&before, SIGINT) == sigismember(&after, SIGINT));
}

#if defined(__SSE__)
TEST_CASE("parallel: a task shares its work with no other thread, also after one that threw") {
  const KeptSettings kept;
  set_num_threads(4);
  std::atomic<int> sharing{0};
  const auto task_of = [&](index_t task) {
    sharing += tasks_to_share() != 1;
    if (task == 5) throw std::runtime_error("task 5");
  };
  for (int repeat = 0; repeat < 3; ++repeat) {
    CHECK_THROWS(parallel_for(8, 8 * work_per_thread, task_of));
    CHECK(tasks_to_share() == 16);
  }
  CHECK(sharing == 0);
}

TEST_CASE("parallel: subnormals are flushed inside, and the caller's mode comes back") {
  const KeptSettings kept;
  const unsigned original = __builtin_ia32_stmxcsr();
  // Default; rounding towards zero; flush to zero only. Without the sticky exception bits.
  for (unsigned mode : {0x1F80u, 0x7F80u, 0x9F80u}) {
    for (int threads : {1, 2, 4}) {
      set_num_threads(threads);
      CAPTURE(mode);
      CAPTURE(threads);
      std::atomic<int> not_flushed{0};
      const auto multiply = [&](index_t task) {
        volatile float tiny = 1e-38f;
        volatile float product = tiny * 0.01f;
        not_flushed += product != 0.0f;
        if (task == 5) throw std::runtime_error("task 5");
      };
      __builtin_ia32_ldmxcsr(mode);
      bool thrown = false;
      try {
        parallel_for(16, plenty, multiply);
      } catch (const std::runtime_error&) {
        thrown = true;
      }
      const unsigned after = __builtin_ia32_stmxcsr();
      __builtin_ia32_ldmxcsr(original);
      CHECK(thrown);
      CHECK((after & ~0x3Fu) == mode);
      CHECK(not_flushed == 0);
    }
  }
}
#endif

/// Numbers of a convolution large enough for several threads.
std::vector<float> convolve() {
  const Tensor<float> x = reals<float>({4, 24, 24, 8}, 1), kernel = reals<float>({3, 3, 8, 16}, 2);
  Tensor<float> y({4, 22, 22, 16});
  conv<float>(x.read(), kernel.read(), {}, {{1, 1}, {1, 1}, {}}, y.view());
  return y.values;
}

/// Whether `right` holds in a child of fork, which must come to its end.
template <class Right>
bool holds_in_child(const Right& right) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);  // a child that waits for threads it does not have must not wait for ever
    _exit(right() ? 0 : 1);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

TEST_CASE("parallel: a child of fork computes the same, on threads of its own") {
  const KeptSettings kept;
  const std::vector<float> expected = convolve();
  for (int threads : {4, 1, 2}) {
    set_num_threads(threads);
    const auto count = static_cast<std::size_t>(threads);
    const auto right = [&] {
      return same_bits(convolve(), expected) && threads_of_region(64, plenty, count) == count;
    };
    CHECK(right());
    CHECK(holds_in_child(right));
    CHECK(holds_in_child([&] { return right() && holds_in_child(right); }));
    CHECK(right());
  }
}

TEST_CASE("parallel: fork while another thread has the workers") {
  const KeptSettings kept;
  set_num_threads(3);
  const std::vector<float> expected = convolve();
  // Threads that still begin may hold locks of the memory allocator, which AddressSanitizer's does
  // not free in the child: the first fork waits until all of them are there.
  std::atomic<bool> began{false}, ends{false};
  std::thread other([&] {
    threads_of_region(64, plenty, 3);
    began = true;
    while (!ends) parallel_for(6, plenty, [](index_t) { std::this_thread::yield(); });
  });
  while (!began) std::this_thread::yield();
  for (int repeat = 0; repeat < 20; ++repeat) {
    CHECK(holds_in_child(
        [&] { return same_bits(convolve(), expected) && threads_of_region(64, plenty, 3) == 3; }));
  }
  ends = true;
  other.join();
}

TEST_CASE("parallel: instruction sets and threads by name and number") {
  const KeptSettings kept;
  CHECK(isas().back() == "portable");
  for (const std::string& name : isas()) {
    set_isa(name);
    CHECK(isa() == name);
    CHECK(measure_peak(1) > 0);
  }
  set_num_threads(3);
  CHECK(num_threads() == 3);
}

}  // namespace
}  // namespace pycnn

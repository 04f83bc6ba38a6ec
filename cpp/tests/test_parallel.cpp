// Threads: every task once, exceptions out of tasks, the floating-point mode, children of fork.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "parallel.hpp"
#include "pycnn/conv.hpp"
#include "settings.hpp"
#include "test_data.hpp"

namespace pycnn {
namespace {

using namespace test;

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

TEST_CASE("parallel: no more threads than allowed, nor than the work is worth") {
  const KeptSettings kept;
  for (int threads : {1, 2, 4}) {
    set_num_threads(threads);
    for (index_t work : {index_t{0}, work_per_thread - 1, plenty}) {
      std::atomic<int> most{0};
      parallel_for(64, work, [&](index_t) {
        int seen = most;
        while (seen < omp_get_num_threads() &&
               !most.compare_exchange_weak(seen, omp_get_num_threads())) {
        }
      });
      CHECK(most == (work == plenty ? threads : 1));
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
    const int thread = omp_get_thread_num();
    parallel_for(5, plenty, [&](index_t) {
      ++inner;
      strays += omp_get_thread_num() != thread;
    });
  });
  CHECK(inner == 40);
  CHECK(strays == 0);
}

#if defined(__SSE__)
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

TEST_CASE("parallel: a child of fork computes the same, on one thread") {
  const KeptSettings kept;
  set_num_threads(4);
  const std::vector<float> expected = convolve();
  CHECK(region_threads() == 4);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(60);  // a child that waits for threads it does not have must not wait for ever
    const bool right = region_threads() == 1 && same_bits(convolve(), expected);
    _exit(right ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(same_bits(convolve(), expected));
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

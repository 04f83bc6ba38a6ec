// Finds the instruction sets, counts the processors this process may use, and keeps the settings.
#include "runtime.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <numeric>

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

using kernels::KernelTable;

std::vector<const KernelTable*> find_tables() {
  std::vector<const KernelTable*> tables;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq");
  if (avx512) tables.push_back(&kernels::avx512_kernels);
  if (avx2) tables.push_back(&kernels::avx2_kernels);
#endif
  tables.push_back(&kernels::portable_kernels);
  return tables;
}

const std::vector<const KernelTable*>& tables() {
  static const std::vector<const KernelTable*> found = find_tables();
  return found;
}

const KernelTable* table_named(const std::string& name) {
  std::string known;
  for (const KernelTable* table : tables()) {
    if (name == table->name) return table;
    known += std::string(known.empty() ? "" : ", ") + table->name;
  }
  throw std::invalid_argument(
      message("[isa] the instruction set must be one of ", known, "; got isa=", name));
}

std::atomic<const KernelTable*>& chosen_table() {
  static std::atomic<const KernelTable*> chosen{[] {
    const char* const forced = std::getenv("PYCNN_ISA");
    return forced && *forced ? table_named(forced) : tables().front();
  }()};
  return chosen;
}

/// The container's CPU quota (cgroup version 2, then 1) in whole processors, or 0 when unlimited.
int quota_processors() {
  double quota = 0, period = 0;
  std::ifstream unified("/sys/fs/cgroup/cpu.max");
  if (unified >> quota >> period) return static_cast<int>((quota + period - 1) / period);
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (quota_file >> quota && period_file >> period && quota > 0) {
    return static_cast<int>((quota + period - 1) / period);
  }
  return 0;
}

int default_threads() {
  if (const char* const wanted = std::getenv("OMP_NUM_THREADS")) {
    const int count = std::atoi(wanted);
    if (count > 0) return count;
  }
  cpu_set_t allowed;
  int count = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
  if (const int quota = quota_processors()) count = std::min(count, quota);
  return std::max(count, 1);
}

std::atomic<int>& chosen_threads() {
  static std::atomic<int> threads{default_threads()};
  return threads;
}

std::atomic<Precision>& chosen_precision() {
  static std::atomic<Precision> precision{Precision::highest};
  return precision;
}

}  // namespace

const char* version() { return PYCNN_VERSION; }

const char* compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

std::vector<std::string> isas() {
  std::vector<std::string> names;
  for (const KernelTable* table : tables()) names.emplace_back(table->name);
  return names;
}

std::string isa() { return chosen_table().load()->name; }

void set_isa(const std::string& name) { chosen_table().store(table_named(name)); }

int num_threads() { return chosen_threads().load(); }

void set_num_threads(int count) {
  PYCNN_CHECK(count >= 1 && count <= 1024,
              "[set_num_threads] count must be between 1 and 1024; got count=", count);
  chosen_threads().store(count);
}

Precision float32_matmul_precision() { return chosen_precision().load(); }

void set_float32_matmul_precision(Precision precision) { chosen_precision().store(precision); }

double measure_peak(int threads) {
  PYCNN_CHECK(threads >= 1 && threads <= 1024,
              "[measure_peak] threads must be between 1 and 1024; got threads=", threads);
  using Clock = std::chrono::steady_clock;
  const auto fma_loop = chosen_table().load()->fma_loop;
  constexpr index_t enough_to_wake = index_t{1} << 30;
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    std::vector<double> operations(static_cast<std::size_t>(threads));
    const Clock::time_point start = Clock::now();
    parallel_for_on(threads, threads, enough_to_wake, [&](index_t task) {
      operations[static_cast<std::size_t>(task)] = fma_loop(4'000'000);
    });
    const std::chrono::duration<double> seconds = Clock::now() - start;
    const double total = std::accumulate(operations.begin(), operations.end(), 0.0);
    best = std::max(best, total / seconds.count() / 1e9);
  }
  return best;
}

template <>
const kernels::Table<float>& kernel_table<float>() {
  return chosen_table().load(std::memory_order_relaxed)->single_precision;
}
template <>
const kernels::Table<double>& kernel_table<double>() {
  return chosen_table().load(std::memory_order_relaxed)->double_precision;
}

}  // namespace pycnn

// The runtime settings of pycnn: the instruction set in use, the number of threads and the
// precision of float32 products.
//
// They are the only global state. Results are the same bits for every number of threads and for
// every instruction set that has fused multiply-add.
#pragma once

#include <string>
#include <vector>

namespace pycnn {

const char* version();
const char* compiler();

/// Instruction sets this machine can run, best first; "portable" is always among them.
std::vector<std::string> isas();
/// The one in use: the best, or the one named by the environment variable PYCNN_ISA.
std::string isa();
/// Switches the instruction set; throws std::invalid_argument for one not in isas().
void set_isa(const std::string& name);

/// Threads an operation may use. At first OMP_NUM_THREADS, else the processors this process may
/// run on (affinity and the container's CPU quota counted).
int num_threads();
void set_num_threads(int count);

/// How exactly sums of float32 products are made. highest: as the definition says, by fused
/// multiply-adds. high: 3 x 3 convolutions of many channels by Winograd's formula F(2x2, 3x3),
/// whose error is small beside the largest number in a window.
enum class Precision { highest, high };

/// That of operations called, and plans made, from now on.
Precision float32_matmul_precision();
void set_float32_matmul_precision(Precision precision);

/// Fused multiply-add peak in GFLOP/s (float32) of the chosen instruction set, measured now.
double measure_peak(int threads);

}  // namespace pycnn

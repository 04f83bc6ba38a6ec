// A loop of nothing but fused multiply-adds in registers: the denominator of every speed claim.

/// Twelve independent chains, more than latency times throughput of any current processor.
inline double fma_loop(index_t iterations) {
  constexpr int chains = 12;
  Vector<float> sum[chains];
  for (int i = 0; i < chains; ++i) sum[i] = Vector<float>{} + static_cast<float>(i);
  Vector<float> factor = Vector<float>{} + 0.999f;
  Vector<float> term = Vector<float>{} + 1e-7f;
  for (index_t k = 0; k < iterations; ++k) {
    // Keeps the compiler from working the constants into a closed form.
    asm volatile("" : "+v"(factor), "+v"(term));
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) sum[i] = sum[i] * factor + term;
  }
  for (int i = 0; i < chains; ++i) asm volatile("" : : "v"(sum[i]));
  return static_cast<double>(iterations) * chains * lanes<float> * 2.0;
}

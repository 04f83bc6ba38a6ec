// Rectified linear unit with one slope for each number; y may be x, dx may be dy.

template <class T>
void prelu(index_t n, const T* x, const T* alpha, T* y) {
  map(n, x, alpha, y, [](T x, T alpha) { return x > 0 ? x : alpha * x; });
}

template <class T>
void prelu_grad(index_t n, const T* dy, const T* x, const T* alpha, T* dx) {
#pragma GCC ivdep
  for (index_t i = 0; i < n; ++i) dx[i] = x[i] > 0 ? dy[i] : alpha[i] * dy[i];
}

/// sums[j] += sum over rows of dy[row][j] x[row][j] where x is not positive; a product of two
/// float32 is exact in double precision.
template <class T>
void prelu_sums(index_t rows, index_t width, index_t step, const T* dy, const T* x, double* sums) {
  for (index_t row = 0; row < rows; ++row, dy += step, x += step) {
#pragma GCC ivdep
    for (index_t j = 0; j < width; ++j) {
      const double factor = x[j] > 0 ? 0.0 : static_cast<double>(x[j]);
      sums[j] = static_cast<double>(dy[j]) * factor + sums[j];
    }
  }
}

// Sums and scalings over n contiguous numbers; outputs may lie on inputs.

template <class T>
void add(index_t n, const T* a, const T* b, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
}

/// y = scale x + offset
template <class T>
void scale_offset(index_t n, T scale, T offset, const T* x, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = x[i] * scale + offset;
}

/// y[j] = sum over rows of x[row][j]; x (rows, width), width a whole number of registers. Rows are
/// added in four interleaved chains, which hides the latency of an addition.
template <class T>
void sum_rows(index_t rows, index_t width, const T* x, T* y) {
  for (index_t j = 0; j < width; j += lanes<T>) {
    Vector<T> sum[4] = {};
    index_t row = 0;
    for (; row + 4 <= rows; row += 4) {
#pragma GCC unroll 4
      for (int chain = 0; chain < 4; ++chain) sum[chain] += load(x + (row + chain) * width + j);
    }
    for (; row < rows; ++row) sum[row % 4] += load(x + row * width + j);
    store(y + j, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
}

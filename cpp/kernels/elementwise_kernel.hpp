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

/// y[j] += sum over rows of x[row][j], rows in order; x (rows, n), y (n)
template <class T>
void add_rows(index_t rows, index_t n, const T* x, T* y) {
  for (index_t row = 0; row < rows; ++row, x += n) {
    for (index_t j = 0; j < n; ++j) y[j] += x[j];
  }
}

// Elementwise operations on two tensors over n contiguous numbers; outputs may lie on inputs.

template <class T>
void subtract(index_t n, const T* a, const T* b, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = a[i] - b[i];
}

template <class T>
void multiply(index_t n, const T* a, const T* b, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = a[i] * b[i];
}

template <class T>
void divide(index_t n, T divisor, const T* x, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = x[i] / divisor;
}

/// The first of equal numbers (of 0 and -0 too); a NaN wins.
template <class T>
void maximum(index_t n, const T* a, const T* b, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = a[i] >= b[i] ? a[i] : (a[i] < b[i] ? b[i] : a[i] + b[i]);
}

template <class T>
void minimum(index_t n, const T* a, const T* b, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = a[i] <= b[i] ? a[i] : (a[i] > b[i] ? b[i] : a[i] + b[i]);
}

/// To x of maximum(x, other): dy where x is larger, half of it where both are equal; a NaN gets
/// nothing, nor does what it beat.
template <class T>
void maximum_grad(index_t n, const T* dy, const T* x, const T* other, T* dx) {
  for (index_t i = 0; i < n; ++i) {
    dx[i] = x[i] > other[i] ? dy[i] : (x[i] == other[i] ? dy[i] / 2 : 0);
  }
}

template <class T>
void minimum_grad(index_t n, const T* dy, const T* x, const T* other, T* dx) {
  for (index_t i = 0; i < n; ++i) {
    dx[i] = x[i] < other[i] ? dy[i] : (x[i] == other[i] ? dy[i] / 2 : 0);
  }
}

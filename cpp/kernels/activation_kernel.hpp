// Activations and their gradients, elementwise over n contiguous numbers; y may be x, dx may be dy.
//
// Gradients are taken from the output: relu' = [y > 0], sigmoid' = y (1 - y), tanh' = 1 - y^2, so
// that the input need not be kept.

template <class T>
void relu(index_t n, const T* x, T* y) {
  // A NaN fails the comparison and is kept.
  for (index_t i = 0; i < n; ++i) y[i] = x[i] < 0 ? 0 : x[i];
}

template <class T>
void relu_grad(index_t n, const T* dy, const T* y, T* dx) {
  for (index_t i = 0; i < n; ++i) dx[i] = y[i] > 0 ? dy[i] : 0;
}

template <class T>
void sigmoid(index_t n, const T* x, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = logistic(x[i]);
}

template <class T>
void sigmoid_grad(index_t n, const T* dy, const T* y, T* dx) {
  for (index_t i = 0; i < n; ++i) dx[i] = dy[i] * (y[i] * (1 - y[i]));
}

template <class T>
void tanh(index_t n, const T* x, T* y) {
  for (index_t i = 0; i < n; ++i) y[i] = hyperbolic_tangent(x[i]);
}

template <class T>
void tanh_grad(index_t n, const T* dy, const T* y, T* dx) {
  for (index_t i = 0; i < n; ++i) dx[i] = dy[i] * (1 - y[i] * y[i]);
}

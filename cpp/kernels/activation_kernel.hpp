// Activations and their gradients, elementwise over n contiguous numbers; y may be x, dx may be dy
// or y. Gradients are taken from the output, so that the input need not be kept. Infinite inputs
// give the limit, never infinity times zero.

template <class T>
void relu(index_t n, const T* x, T* y) {
  // A NaN fails the comparison and is kept.
  map(n, x, y, [](T x) { return x < 0 ? 0 : x; });
}

template <class T>
void relu_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return y > 0 ? dy : 0; });
}

/// relu with all its parameters, each at least 0: x up to max_value above the threshold, below it
/// slope (x - threshold).
template <class T>
void rectifier(index_t n, T slope, T max_value, T threshold, const T* x, T* y) {
  const T low = slope == 0 ? threshold : -infinity<T>;
  map(n, x, y, [=](T x) {
    const T above = x > max_value ? max_value : x;
    const T below = slope * ((x < low ? low : x) - threshold);
    return x > threshold ? above : below;
  });
}

template <class T>
void rectifier_grad(index_t n, T slope, T max_value, const T* dy, const T* y, T* dx) {
  const T limit = reachable(max_value);
  map(n, dy, y, dx, [=](T dy, T y) {
    const T gradient = y > 0 ? dy : slope * dy;
    return y >= limit ? 0 : gradient;
  });
}

template <class T>
void sigmoid(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return logistic(x); });
}

template <class T>
void sigmoid_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return dy * (y * (1 - y)); });
}

template <class T>
void tanh(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return hyperbolic_tangent(x); });
}

template <class T>
void tanh_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return dy * (1 - y * y); });
}

/// above x for x > 0, else below (exp(rate x) - 1): elu, selu and celu
template <class T>
void elu(index_t n, T above, T below, T rate, const T* x, T* y) {
  map(n, x, y, [=](T x) {
    const T negative = below * exponential_minus_one(rate * (x > 0 ? 0 : x));
    return x > 0 ? above * x : negative;
  });
}

template <class T>
void elu_grad(index_t n, T above, T below, T rate, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [=](T dy, T y) { return dy * (y > 0 ? above : rate * (y + below)); });
}

/// log(1 + exp(x))
template <class T>
void softplus(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) {
    const T rest = logarithm_of_one_plus(exponential_below_zero(x < 0 ? x : -x));
    return (x < 0 ? 0 : x) + rest;
  });
}

template <class T>
void softplus_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return dy * -exponential_minus_one(-y); });
}

/// log(sigmoid(x)) = -softplus(-x)
template <class T>
void log_sigmoid(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) {
    const T rest = logarithm_of_one_plus(exponential_below_zero(x < 0 ? x : -x));
    return (x > 0 ? 0 : x) - rest;
  });
}

template <class T>
void log_sigmoid_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return dy * -exponential_minus_one(y); });
}

/// x / (1 + |x|)
template <class T>
void softsign(index_t n, const T* x, T* y) {
  constexpr T large = static_cast<T>(0x1p60);  // 1 + large = large
  map(n, x, y, [](T x) {
    const T bounded = clamp(x, -large, large);
    return bounded / (1 + (bounded < 0 ? -bounded : bounded));
  });
}

template <class T>
void softsign_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) {
    const T rest = 1 - (y < 0 ? -y : y);
    return dy * (rest * rest);
  });
}

template <class T>
void exp(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return exponential(x); });
}

template <class T>
void exp_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return dy * y; });
}

/// x / 6 + 1/2 between 0 and 1
template <class T>
void hard_sigmoid(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return hard_logistic(x); });
}

template <class T>
void hard_sigmoid_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return y > 0 && y < 1 ? dy / 6 : 0; });
}

/// x between -1 and 1
template <class T>
void hard_tanh(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return clamp(x, T{-1}, T{1}); });
}

template <class T>
void hard_tanh_grad(index_t n, const T* dy, const T* y, T* dx) {
  map(n, dy, y, dx, [](T dy, T y) { return y > -1 && y < 1 ? dy : 0; });
}

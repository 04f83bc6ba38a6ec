// Update rules of optimizer.hpp over n parameters w with gradients g; no two buffers overlap.

/// w -= rate w
template <class T>
void decay_weights(index_t n, T rate, T* w) {
  for (index_t i = 0; i < n; ++i) w[i] -= rate * w[i];
}

template <class T>
void sgd(index_t n, T rate, const T* __restrict g, T* __restrict w) {
  for (index_t i = 0; i < n; ++i) w[i] -= rate * g[i];
}

/// Rounds a product before it is added to another product: without this the compiler would choose
/// which of the two it fuses with the addition, in each loop anew. What it does not know: the
/// number is only combined with zero bits.
template <class T>
struct Rounded {
  typename Format<T>::Bits zero = 0;

  Rounded() { asm volatile("" : "+r"(zero)); }
  T operator()(T product) const { return from_bits<T>(to_bits(product) ^ zero); }
};

template <class T>
void sgd_momentum(index_t n, T rate, T momentum, bool nesterov, const T* __restrict g,
                  T* __restrict w, T* __restrict v) {
  const Rounded<T> rounded;
  if (nesterov) {
    for (index_t i = 0; i < n; ++i) {
      const T step = rounded(rate * g[i]);
      v[i] = momentum * v[i] - step;
      w[i] += momentum * v[i] - step;
    }
  } else {
    for (index_t i = 0; i < n; ++i) {
      v[i] = momentum * v[i] - rounded(rate * g[i]);
      w[i] += v[i];
    }
  }
}

/// alpha = learning rate sqrt(1 - beta_2^t) / (1 - beta_1^t); gain = 1 - beta.
template <class T>
void adam(index_t n, T alpha, T gain_1, T gain_2, T epsilon, const T* __restrict g, T* __restrict w,
          T* __restrict m, T* __restrict v) {
  for (index_t i = 0; i < n; ++i) {
    m[i] += gain_1 * (g[i] - m[i]);
    v[i] += gain_2 * (g[i] * g[i] - v[i]);
    w[i] -= alpha * m[i] / (square_root(v[i]) + epsilon);
  }
}

template <class T>
void adam_amsgrad(index_t n, T alpha, T gain_1, T gain_2, T epsilon, const T* __restrict g,
                  T* __restrict w, T* __restrict m, T* __restrict v, T* __restrict largest) {
  for (index_t i = 0; i < n; ++i) {
    m[i] += gain_1 * (g[i] - m[i]);
    v[i] += gain_2 * (g[i] * g[i] - v[i]);
    largest[i] = largest[i] >= v[i] ? largest[i] : v[i];
    w[i] -= alpha * m[i] / (square_root(largest[i]) + epsilon);
  }
}

template <bool MOMENTUM, bool CENTERED, class T>
inline void rmsprop_rule(index_t n, T rate, T gain, T epsilon, T momentum, const T* __restrict g,
                         T* __restrict w, T* __restrict v, T* __restrict u, T* __restrict b) {
  for (index_t i = 0; i < n; ++i) {
    v[i] += gain * (g[i] * g[i] - v[i]);
    T variance = v[i];
    if constexpr (CENTERED) {
      b[i] += gain * (g[i] - b[i]);
      variance -= b[i] * b[i];
    }
    const T step = rate * g[i] / square_root(variance + epsilon);
    if constexpr (MOMENTUM) {
      u[i] = momentum * u[i] + step;
      w[i] -= u[i];
    } else {
      w[i] -= step;
    }
  }
}

/// gain = 1 - rho; u is null without momentum, b unless centered.
template <class T>
void rmsprop(index_t n, T rate, T gain, T epsilon, T momentum, const T* g, T* w, T* v, T* u, T* b) {
  if (u && b) return rmsprop_rule<true, true>(n, rate, gain, epsilon, momentum, g, w, v, u, b);
  if (u) return rmsprop_rule<true, false>(n, rate, gain, epsilon, momentum, g, w, v, u, b);
  if (b) return rmsprop_rule<false, true>(n, rate, gain, epsilon, momentum, g, w, v, u, b);
  rmsprop_rule<false, false>(n, rate, gain, epsilon, momentum, g, w, v, u, b);
}

template <class T>
void adagrad(index_t n, T rate, T epsilon, const T* __restrict g, T* __restrict w,
             T* __restrict v) {
  for (index_t i = 0; i < n; ++i) {
    v[i] += g[i] * g[i];
    w[i] -= rate * g[i] / square_root(v[i] + epsilon);
  }
}

/// gain = 1 - rho.
template <class T>
void adadelta(index_t n, T rate, T gain, T epsilon, const T* __restrict g, T* __restrict w,
              T* __restrict v, T* __restrict d) {
  for (index_t i = 0; i < n; ++i) {
    v[i] += gain * (g[i] * g[i] - v[i]);
    const T step = square_root(d[i] + epsilon) * g[i] / square_root(v[i] + epsilon);
    d[i] += gain * (step * step - d[i]);
    w[i] -= rate * step;
  }
}

/// alpha = learning rate / (1 - beta_1^t); gain = 1 - beta_1.
template <class T>
void adamax(index_t n, T alpha, T gain, T beta_2, T epsilon, const T* __restrict g, T* __restrict w,
            T* __restrict m, T* __restrict u) {
  for (index_t i = 0; i < n; ++i) {
    const T kept = beta_2 * u[i], size = g[i] < 0 ? -g[i] : g[i];
    m[i] += gain * (g[i] - m[i]);
    u[i] = kept >= size ? kept : size;
    w[i] -= alpha * m[i] / (u[i] + epsilon);
  }
}

/// Rates of m and of g, and what v is multiplied by; gain = 1 - beta.
template <class T>
void nadam(index_t n, T momentum_rate, T gradient_rate, T correction, T gain_1, T gain_2, T epsilon,
           const T* __restrict g, T* __restrict w, T* __restrict m, T* __restrict v) {
  const Rounded<T> rounded;
  for (index_t i = 0; i < n; ++i) {
    m[i] += gain_1 * (g[i] - m[i]);
    v[i] += gain_2 * (g[i] * g[i] - v[i]);
    w[i] -= (momentum_rate * m[i] + rounded(gradient_rate * g[i])) /
            (square_root(v[i] * correction) + epsilon);
  }
}

/// gain = 1 - beta.
template <class T>
void lion(index_t n, T rate, T beta_1, T gain_1, T gain_2, const T* __restrict g, T* __restrict w,
          T* __restrict m) {
  const Rounded<T> rounded;
  for (index_t i = 0; i < n; ++i) {
    const T direction = beta_1 * m[i] + rounded(gain_1 * g[i]);
    w[i] -= rate * (direction > 0 ? T(1) : direction < 0 ? T(-1) : direction);  // NaN stays
    m[i] += gain_2 * (g[i] - m[i]);
  }
}

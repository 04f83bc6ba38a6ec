// Activations that are x times a gate between 0 and 1 that depends on x, elementwise over n
// contiguous numbers; y may be x, dx may be dy or x. They are not monotonous: gradients are taken
// from the input. Beyond `gate_limit` the gate is 0 or 1 and its slope times x is 0; inputs are
// bounded there wherever infinity times zero would come about.

template <class T>
constexpr T gate_limit = 1000;

/// The larger of x and -gate_limit; a NaN is kept.
template <class T>
inline T bounded_below(T x) {
  return x < -gate_limit<T> ? -gate_limit<T> : x;
}

template <class T>
inline T magnitude(T x) {
  return x < 0 ? -x : x;
}

/// x sigmoid(x)
template <class T>
void silu(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return bounded_below(x) * logistic(x); });
}

template <class T>
void silu_grad(index_t n, const T* dy, const T* x, T* dx) {
  map(n, dy, x, dx, [](T dy, T x) {
    const T bounded = clamp(x, -gate_limit<T>, gate_limit<T>);
    const T gate = logistic(bounded), rest = logistic(-bounded);
    return dy * (gate * (bounded * rest + 1));
  });
}

/// x hard_sigmoid(x)
template <class T>
void hard_silu(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return bounded_below(x) * hard_logistic(x); });
}

template <class T>
void hard_silu_grad(index_t n, const T* dy, const T* x, T* dx) {
  map(n, dy, x, dx, [](T dy, T x) {
    const T slope = x > -3 ? (2 * x + 3) / 6 : 0;
    return dy * (x < 3 ? slope : 1);
  });
}

/// x times the normal distribution function of x
template <class T>
void gelu(index_t n, const T* x, T* y) {
  constexpr T limit = TailSeries<T>::limit;
  map(n, x, y, [](T x) {
    const T size = magnitude(x);
    const T a = size > limit ? limit : size;
    const T tail = normal_tail(a, gaussian(a));
    return bounded_below(x) * (x < 0 ? tail : 1 - tail);
  });
}

template <class T>
void gelu_grad(index_t n, const T* dy, const T* x, T* dx) {
  constexpr T limit = TailSeries<T>::limit;
  constexpr T density_at_zero = static_cast<T>(0.39894228040143267794);
  map(n, dy, x, dx, [](T dy, T x) {
    const T bounded = clamp(x, -limit, limit);
    const T a = magnitude(bounded);
    const T bell = gaussian(a);
    const T tail = normal_tail(a, bell);
    const T gate = bounded < 0 ? tail : 1 - tail;
    return dy * (bounded * (bell * density_at_zero) + gate);
  });
}

/// x (1 + tanh(k (x + c x^3))) / 2 = x sigmoid(2 k (x + c x^3)), k = sqrt(2 / pi), c = 0.044715
template <class T>
struct GeluTanh {
  static constexpr T factor = static_cast<T>(1.5957691216057307117);  // 2 k
  static constexpr T cubic = static_cast<T>(0.044715);
  static constexpr T limit = 60;

  static T argument(T x) {
    const T polynomial = cubic * (x * x) + 1;
    return (factor * x) * polynomial;
  }
  static T slope(T x) {
    const T polynomial = (3 * cubic) * (x * x) + 1;
    return factor * polynomial;
  }
};

template <class T>
void gelu_tanh(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) { return bounded_below(x) * logistic(GeluTanh<T>::argument(x)); });
}

template <class T>
void gelu_tanh_grad(index_t n, const T* dy, const T* x, T* dx) {
  using Gelu = GeluTanh<T>;
  map(n, dy, x, dx, [](T dy, T x) {
    const T bounded = clamp(x, -Gelu::limit, Gelu::limit);
    const T argument = Gelu::argument(bounded);
    const T gate = logistic(argument), rest = logistic(-argument);
    return dy * (gate * ((bounded * rest) * Gelu::slope(bounded) + 1));
  });
}

/// The gate of mish, tanh(softplus(x)) = numerator / denominator, from e = exp(-|x|):
///   x < 0  e (e + 2) / (e (e + 2) + 2)      x >= 0  (2 e + 1) / (2 e + 1 + 2 e^2)
/// `rest` is the difference of denominator and numerator.
template <class T>
struct MishGate {
  T e, numerator, rest;

  explicit MishGate(T x) {
    e = exponential_below_zero(x < 0 ? x : -x);
    const T sum = e * (e + 2);
    numerator = x < 0 ? sum : 2 * e + 1;
    rest = x < 0 ? 2 : 2 * (e * e);
  }
  T denominator() const { return numerator + rest; }
};

/// x tanh(log(1 + exp(x)))
template <class T>
void mish(index_t n, const T* x, T* y) {
  map(n, x, y, [](T x) {
    const MishGate<T> gate(x);
    return bounded_below(x) * (gate.numerator / gate.denominator());
  });
}

template <class T>
void mish_grad(index_t n, const T* dy, const T* x, T* dx) {
  map(n, dy, x, dx, [](T dy, T x) {
    const T bounded = clamp(x, -gate_limit<T>, gate_limit<T>);
    const MishGate<T> gate(bounded);
    const T denominator = gate.denominator();
    const T value = gate.numerator / denominator;
    // the gate's slope: sigmoid(x) (1 - gate^2)
    const T sigmoid = (bounded < 0 ? gate.e : 1) / (1 + gate.e);
    const T slope = (sigmoid * (gate.rest / denominator)) * (1 + value);
    return dy * (bounded * slope + value);
  });
}

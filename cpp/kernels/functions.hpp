// exp, expm1, log, log1p, tanh, sigmoid of one number, by polynomials of our own.
//
// The C library's differ between versions, which would break the promise of equal bits. All are
// branch-free, so that loops over them vectorise. Range reductions and series: Muller, Elementary
// Functions (2016); errors stay within 2 ULP of the result.

template <class T>
struct Format;
template <>
struct Format<float> {
  using Bits = std::int32_t;
  static constexpr int mantissa_bits = 23, bias = 127;
  static constexpr float round_shift = 0x1.8p23f;  // adding it rounds to an integer
  static constexpr float ln2_high = 0x1.62e4p-1f;  // few bits: n * ln2_high is exact
  static constexpr float ln2_low = 0x1.7f7d1cp-20f;
  static constexpr float exp_low = -104.0f, exp_high = 89.0f;
  static constexpr float expm1_low = -20.0f;  // below it exp(x) - 1 is -1
  static constexpr float tanh_limit = 10.0f;
  static constexpr int exp_terms = 7, log_terms = 5;
};
template <>
struct Format<double> {
  using Bits = std::int64_t;
  static constexpr int mantissa_bits = 52, bias = 1023;
  static constexpr double round_shift = 0x1.8p52;
  static constexpr double ln2_high = 0x1.62e42fefap-1;
  static constexpr double ln2_low = 0x1.cf79abc9e3b4p-40;
  static constexpr double exp_low = -746.0, exp_high = 710.0;
  static constexpr double expm1_low = -40.0;
  static constexpr double tanh_limit = 20.0;
  static constexpr int exp_terms = 13, log_terms = 12;
};

template <class T>
inline typename Format<T>::Bits to_bits(T value) {
  typename Format<T>::Bits bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

template <class T>
inline T from_bits(typename Format<T>::Bits bits) {
  T value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

/// 2^n for integral n within the normal range of exponents.
template <class T>
inline T power_of_two(typename Format<T>::Bits n) {
  return from_bits<T>((n + Format<T>::bias) << Format<T>::mantissa_bits);
}

/// x = n ln 2 + r with |r| <= ln 2 / 2; returns n and sets `remainder` to r.
template <class T>
inline typename Format<T>::Bits reduce_exponent(T x, T& remainder) {
  constexpr T inverse_ln2 = static_cast<T>(1.44269504088896340736);
  const T shifted = x * inverse_ln2 + Format<T>::round_shift;
  const T n = shifted - Format<T>::round_shift;
  remainder = (x - n * Format<T>::ln2_high) - n * Format<T>::ln2_low;
  return to_bits(shifted) - to_bits(Format<T>::round_shift);
}

/// exp(r) - 1 for |r| <= ln 2 / 2: the Taylor series, whose first left-out term is below half an
/// ULP.
template <class T>
inline T expm1_series(T r) {
  T sum = 0;
  T factorial = 1;
  for (int k = 2; k <= Format<T>::exp_terms; ++k) factorial *= static_cast<T>(k);
  for (int k = Format<T>::exp_terms; k >= 2; --k) {
    sum = sum * r + 1 / factorial;
    factorial /= static_cast<T>(k);
  }
  return (sum * r) * r + r;
}

/// min and max that keep a NaN in x.
template <class T>
inline T clamp(T x, T low, T high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// x 2^n, in two factors: n itself may leave the range of exponents.
template <class T>
inline T scale(T x, typename Format<T>::Bits n) {
  const auto half = n >> 1;
  return x * power_of_two<T>(half) * power_of_two<T>(n - half);
}

template <class T>
inline T exponential(T x) {
  T r;
  const auto n = reduce_exponent(clamp(x, Format<T>::exp_low, Format<T>::exp_high), r);
  return scale(expm1_series(r) + 1, n);
}

/// exp(x) - 1 for x up to half of where exp(x) overflows.
template <class T>
inline T exponential_minus_one(T x) {
  T r;
  const auto n = reduce_exponent(x < Format<T>::expm1_low ? Format<T>::expm1_low : x, r);
  const T scale = power_of_two<T>(n);
  return scale * expm1_series(r) + (scale - 1);
}

/// tanh(x) = e / (e + 2) with e = exp(2 |x|) - 1, the sign put back.
template <class T>
inline T hyperbolic_tangent(T x) {
  T magnitude = x < 0 ? -x : x;
  magnitude = magnitude > Format<T>::tanh_limit ? Format<T>::tanh_limit : magnitude;
  const T e = exponential_minus_one(2 * magnitude);
  const T result = e / (e + 2);
  return x < 0 ? -result : result;
}

/// 1 / (1 + exp(-x)), from exp of a negative number only: nothing overflows.
template <class T>
inline T logistic(T x) {
  const T e = exponential(x < 0 ? x : -x);
  return (x < 0 ? e : static_cast<T>(1)) / (1 + e);
}

/// (x + 3) / 6 between 0 and 1, exactly 0 and 1 at the ends.
template <class T>
inline T hard_logistic(T x) {
  return (clamp(x, T{-3}, T{3}) + 3) / 6;
}

/// k ln 2 + 2 artanh(s), |s| <= 3 - 2 sqrt 2
template <class T>
inline T logarithm_of_ratio(T s, T k) {
  const T square = s * s;
  T series = 0;
  for (int term = Format<T>::log_terms; term >= 1; --term) {
    series = series * square + 1 / static_cast<T>(2 * term + 1);
  }
  const T tail = (series * square) * s;
  return k * Format<T>::ln2_high + (2 * s + (2 * tail + k * Format<T>::ln2_low));
}

/// log(1 + x) for 0 <= x <= 1: 1 + x, halved where it exceeds sqrt 2, as (1 + s) / (1 - s)
template <class T>
inline T logarithm_of_one_plus(T x) {
  constexpr T root_minus_one = static_cast<T>(0.41421356237309504880);
  const bool halved = x > root_minus_one;
  const T s = (halved ? x - 1 : x) / (x + static_cast<T>(halved ? 3 : 2));
  return logarithm_of_ratio(s, static_cast<T>(halved ? 1 : 0));
}

/// log x = k ln 2 + 2 artanh(s), s = (m - 1) / (m + 1), x = 2^k m with m in [sqrt 1/2, sqrt 2).
template <class T>
inline T logarithm(T x) {
  using Bits = typename Format<T>::Bits;
  constexpr T root_half = static_cast<T>(0.70710678118654752440);
  const Bits bits = to_bits(x);
  const Bits k = (bits - to_bits(root_half)) >> Format<T>::mantissa_bits;
  const T m = from_bits<T>(bits - k * (Bits{1} << Format<T>::mantissa_bits));
  const T result = logarithm_of_ratio((m - 1) / (m + 1), static_cast<T>(k));
  if (x > 0 && x < static_cast<T>(__builtin_inf())) return result;
  if (x == 0) return -static_cast<T>(__builtin_inf());
  return x > 0 ? x : static_cast<T>(__builtin_nan(""));
}

inline float square_root(float x) { return __builtin_sqrtf(x); }
inline double square_root(double x) { return __builtin_sqrt(x); }

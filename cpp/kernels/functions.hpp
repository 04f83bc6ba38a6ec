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
  using Unsigned = std::uint32_t;
  static constexpr int mantissa_bits = 23, bias = 127;
  static constexpr float round_shift = 0x1.8p23f;  // adding it rounds to an integer
  static constexpr float ln2_high = 0x1.62e4p-1f;  // few bits: n * ln2_high is exact
  static constexpr float ln2_low = 0x1.7f7d1cp-20f;
  static constexpr float exp_low = -104.0f, exp_high = 89.0f;
  static constexpr float exp_least = -88.0f;  // rounds to n = -bias, of which power_of_two is 0
  static constexpr float expm1_low = -20.0f;  // below it exp(x) - 1 is -1
  static constexpr float tanh_limit = 10.0f;
  static constexpr int exp_terms = 7, log_terms = 5;
};
template <>
struct Format<double> {
  using Bits = std::int64_t;
  using Unsigned = std::uint64_t;
  static constexpr int mantissa_bits = 52, bias = 1023;
  static constexpr double round_shift = 0x1.8p52;
  static constexpr double ln2_high = 0x1.62e42fefap-1;
  static constexpr double ln2_low = 0x1.cf79abc9e3b4p-40;
  static constexpr double exp_low = -746.0, exp_high = 710.0;
  static constexpr double exp_least = -709.0;
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

/// 2^n for integral n within the normal range of exponents; anything for other n, as a NaN gives.
template <class T>
inline T power_of_two(typename Format<T>::Bits n) {
  const auto exponent = static_cast<typename Format<T>::Unsigned>(n + Format<T>::bias);
  return from_bits<T>(static_cast<typename Format<T>::Bits>(exponent << Format<T>::mantissa_bits));
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

/// exp(r) - 1 = r + (s r) r for |r| <= ln 2 / 2: the factor s of the Taylor series, whose first
/// left-out term is below half an ULP.
template <class T>
inline T expm1_factor(T r) {
  T sum = 0;
  T factorial = 1;
  for (int k = 2; k <= Format<T>::exp_terms; ++k) factorial *= static_cast<T>(k);
  for (int k = Format<T>::exp_terms; k >= 2; --k) {
    sum = sum * r + 1 / factorial;
    factorial /= static_cast<T>(k);
  }
  return sum;
}

template <class T>
inline T expm1_series(T r) {
  return (expm1_factor(r) * r) * r + r;
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

/// exp(x) for x <= 0, zero where it is below the normal range: 2^n is one factor.
template <class T>
inline T exponential_below_zero(T x) {
  T r;
  const auto n = reduce_exponent(x < Format<T>::exp_least ? Format<T>::exp_least : x, r);
  return (expm1_series(r) + 1) * power_of_two<T>(n);
}

/// exp(x) - 1 for x up to half of where exp(x) overflows.
template <class T>
inline T exponential_minus_one(T x) {
  T r;
  const auto n = reduce_exponent(x < Format<T>::expm1_low ? Format<T>::expm1_low : x, r);
  const T scale = power_of_two<T>(n);
  return scale * expm1_series(r) + (scale - 1);
}

/// (tanh(x) - x) / x^3 in powers of x^2 for |x| <= 0.55: Chebyshev interpolants.
template <class T>
struct TanhSeries;
template <>
struct TanhSeries<float> {
  static constexpr int terms = 5;
  static constexpr float coefficient[terms] = {-0.3333333205f, 0.1333311762f, -0.05391006651f,
                                               0.0213127445f, -0.0066157547f};
};
template <>
struct TanhSeries<double> {
  static constexpr int terms = 12;
  static constexpr double coefficient[terms] = {
      -0.333333333333333333,    0.133333333333333126,      -0.053968253968221032,
      0.0218694885341076924,    -0.00886323546403753595,   0.00359212678366755429,
      -0.00145581922864401822,  0.000589906107345359948,   -0.000238475933780852443,
      0.0000945592219041607622, -0.0000337317692507802014, 7.8808581105404172e-6};
};

/// tanh(|x|), the sign put back: the series for small |x|, else 1 - 2 / (exp(2 |x|) + 1).
template <class T>
inline T hyperbolic_tangent(T x) {
  T magnitude = x < 0 ? -x : x;
  magnitude = magnitude > Format<T>::tanh_limit ? Format<T>::tanh_limit : magnitude;
  const T large = 1 - 2 / (exponential_minus_one(2 * magnitude) + 2);
  const T square = magnitude * magnitude;
  T sum = 0;
#pragma GCC unroll 12
  for (int k = TanhSeries<T>::terms - 1; k >= 0; --k) {
    sum = sum * square + TanhSeries<T>::coefficient[k];
  }
  const T small = (sum * square) * magnitude + magnitude;
  const T result = magnitude < static_cast<T>(0.55) ? small : large;
  return x < 0 ? -result : result;
}

/// 1 / (1 + e) or e / (1 + e), e = exp(-|x|): nothing overflows. What rounding 1 + r and 1 + e
/// loses is put into the numerator: by itself each would cost half an ULP.
template <class T>
inline T logistic(T x) {
  const T below_zero = x < 0 ? x : -x;
  T r;
  const auto n =
      reduce_exponent(below_zero < Format<T>::exp_least ? Format<T>::exp_least : below_zero, r);
  const T power = power_of_two<T>(n);
  const T sum = 1 + r;
  const T rest = (expm1_factor(r) * r) * r + (r - (sum - 1));
  const T mantissa = sum + rest;
  const T e = mantissa * power;
  const T denominator = 1 + e;
  const T lost = e - (denominator - 1);
  const T numerator = (sum + (rest - mantissa * lost)) * power;
  return (x < 0 ? numerator : 1) / denominator;
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

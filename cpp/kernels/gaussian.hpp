// The standard normal distribution: density and lower tail of one number, by a polynomial of our
// own, accurate to a dozen ULP also where they are tiny.
//
//   tail(a) = exp(-a^2 / 2) M(a),  M(a) = t P(u),  t = 4 / (4 + a),  u = t mapped to [-1, 1]
// M (Mills' ratio over sqrt(2 pi)) is smooth in t, so that one polynomial serves every a: the
// Chebyshev interpolant of M / t, computed with 60 digits and written in powers of u.

template <class T>
struct TailSeries;
template <>
struct TailSeries<float> {
  static constexpr float limit = 14.0f;             // where the tail is below the smallest number
  static constexpr std::int32_t high_bits = -4096;  // 12 bits of the significand
  static constexpr int terms = 10;
  static constexpr float coefficient[terms] = {
      0.2279222377f,   0.1575624184f,    0.08016393611f,   0.02858745982f,  0.006001518764f,
      9.652189802e-5f, -0.000308996282f, -4.296231922e-5f, 1.479191266e-5f, 3.07623842e-6f};
};
template <>
struct TailSeries<double> {
  static constexpr double limit = 39.0;
  static constexpr std::int64_t high_bits = -134217728;  // 26 bits
  static constexpr int terms = 24;
  static constexpr double coefficient[terms] = {
      0.203834599210629227,     0.155311025556181236,     0.0909766842067596275,
      0.0390924888669950592,    0.0107265816942358125,    0.000814711547274054443,
      -0.000625364764189185783, -0.000184355220153174071, 0.0000368020157775300268,
      0.0000221175259709572065, -3.40557338980332996e-6,  -2.61590705382684261e-6,
      5.46005007714058589e-7,   3.03295704640690403e-7,   -1.08849842912453221e-7,
      -2.84821398852729779e-8,  2.09745891615653027e-8,   4.46073368846280362e-10,
      -3.44394378095945125e-9,  6.56694871239548112e-10,  4.20551743357678479e-10,
      -1.71951395427843635e-10, -2.81905334862568468e-11, 1.84094937566994257e-11};
};

/// exp(-a^2 / 2), 0 <= a <= limit: the square of a's first bits is exact, the rest a correction.
template <class T>
inline T gaussian(T a) {
  const T high = from_bits<T>(to_bits(a) & TailSeries<T>::high_bits);
  const T low = (a - high) * (a + high);
  const T exponent = static_cast<T>(-0.5) * (high * high);
  T r;
  const auto n = reduce_exponent(exponent < Format<T>::exp_low ? Format<T>::exp_low : exponent, r);
  return scale(expm1_series(r - static_cast<T>(0.5) * low) + 1, n);
}

/// The probability of a number below -a, 0 <= a <= limit, from gaussian(a).
template <class T>
inline T normal_tail(T a, T gaussian_of_a) {
  using Series = TailSeries<T>;
  constexpr T least = 4 / (4 + Series::limit);
  constexpr T slope = 2 / (1 - least), centre = (1 + least) / (1 - least);
  const T t = 4 / (4 + a);
  const T u = t * slope - centre;
  T sum = 0;
#pragma GCC unroll 24
  for (int k = Series::terms - 1; k >= 0; --k) sum = sum * u + Series::coefficient[k];
  return gaussian_of_a * (t * sum);
}

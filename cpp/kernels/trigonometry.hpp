// Sine and cosine of turns, by series of our own (see functions.hpp), branch-free.

/// Terms after the first that leave less than half an ULP of 1 at a quarter of pi.
template <class T>
constexpr int sine_terms = sizeof(T) == sizeof(float) ? 4 : 8;
template <class T>
constexpr int cosine_terms = sizeof(T) == sizeof(float) ? 5 : 9;

/// sin(2 pi t) and cos(2 pi t) for |t| <= 1/2. With 4 t = n + f, n whole and |f| <= 1/2, they are
/// sine and cosine of f pi / 2, which the quadrant n swaps and negates.
template <class T>
inline void sine_and_cosine_of_turn(T t, T& sine, T& cosine) {
  constexpr T half_pi = static_cast<T>(1.57079632679489661923);
  const T shifted = 4 * t + Format<T>::round_shift;
  const auto quadrant = to_bits(shifted) - to_bits(Format<T>::round_shift);
  const T angle = (4 * t - (shifted - Format<T>::round_shift)) * half_pi;
  const T square = angle * angle;
  T s = 1, c = 1;
  for (int k = sine_terms<T>; k >= 1; --k) {
    s = 1 - (square * (1 / static_cast<T>(2 * k * (2 * k + 1)))) * s;
  }
  for (int k = cosine_terms<T>; k >= 1; --k) {
    c = 1 - (square * (1 / static_cast<T>((2 * k - 1) * 2 * k))) * c;
  }
  s *= angle;
  const T along = quadrant & 1 ? c : s, across = quadrant & 1 ? s : c;
  sine = quadrant & 2 ? -along : along;
  cosine = (quadrant + 1) & 2 ? -across : across;
}

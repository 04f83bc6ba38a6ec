// Local response normalisation: sums over sliding windows, powers, and the products around them.
//
// Rows of `columns` numbers lie `pitch` apart in the working arrays, where they are followed by
// zeros (the clipped part of the windows), so that one sum runs over all rows at once.

/// y[i] = x[i] + x[i + step] + ... + x[i + (count - 1) step]
template <class T, int count>
inline void add_shifted(index_t n, index_t step, const T* x, T* y) {
  for (index_t i = 0; i < n; i += lanes<T>) {
    Vector<T> sum = load(x + i);
    for (int k = 1; k < count; ++k) sum += load(x + i + k * step);
    store(y + i, sum);
  }
}

/// The same for any size: sums of 1, 2, 4, ... neighbours are doubled, and those that are binary
/// digits of the size make it up. Every addition is of terms of the window, none is subtracted.
template <class T>
inline void add_doubling(index_t n, index_t size, index_t step, T* x, T* y) {
  index_t done = 0;
  for (index_t width = 1; width <= size; width *= 2) {
    if (size & width) {
      const T* const part = x + done * step;
      if (done == 0) {
        for (index_t i = 0; i < n; i += lanes<T>) store(y + i, load(part + i));
      } else {
        for (index_t i = 0; i < n; i += lanes<T>) store(y + i, load(y + i) + load(part + i));
      }
      done += width;
    }
    if (2 * width > size) break;
    const index_t length = n + (size - 2 * width) * step;
    for (index_t i = 0; i < length; i += lanes<T>) {
      store(x + i, load(x + i) + load(x + i + width * step));
    }
  }
}

/// y[i] = sum of x[i + k step] over k < size, for i < n. x is used up. Both arrays go on for
/// reduction_lanes numbers more, which are read and written without meaning.
template <class T>
void window_sum(index_t n, index_t size, index_t step, T* x, T* y) {
  switch (size) {
    case 1:
      return add_shifted<T, 1>(n, step, x, y);
    case 2:
      return add_shifted<T, 2>(n, step, x, y);
    case 3:
      return add_shifted<T, 3>(n, step, x, y);
    case 4:
      return add_shifted<T, 4>(n, step, x, y);
    case 5:
      return add_shifted<T, 5>(n, step, x, y);
    case 6:
      return add_shifted<T, 6>(n, step, x, y);
    case 7:
      return add_shifted<T, 7>(n, step, x, y);
    default:
      return add_doubling(n, size, step, x, y);
  }
}

/// y = x^2 in rows `pitch` apart, zeros up to the pitch; rows of x are `x_step` apart.
template <class T>
void lrn_squares(index_t rows, index_t columns, index_t x_step, const T* __restrict x,
                 index_t pitch, T* __restrict y) {
  for (index_t row = 0; row < rows; ++row, x += x_step, y += pitch) {
    for (index_t c = 0; c < columns; ++c) y[c] = x[c] * x[c];
    for (index_t c = columns; c < pitch; ++c) y[c] = 0;
  }
}

/// base^-beta of any base and beta. base = 2^k m with m in [sqrt 1/2, sqrt 2), so that the power
/// is 2^(-beta k) times 2^(-beta log2 m). beta_high k is exact, hence large exponents lose nothing.
template <class T>
inline T inverse_power(const LrnPower<T>& power, T base) {
  using Bits = typename Format<T>::Bits;
  constexpr T root_half = static_cast<T>(0.70710678118654752440);
  constexpr T inverse_ln2 = static_cast<T>(1.44269504088896340736);
  constexpr T ln2 = static_cast<T>(0.69314718055994530942);
  constexpr T shift = Format<T>::round_shift;  // adding it rounds to an integer
  constexpr T limit = 1 << 20;  // beyond any exponent, still rounded right by the shift
  constexpr Bits last = 2 * Format<T>::bias - 2;

  const Bits bits = to_bits(base);
  const Bits k = (bits - to_bits(root_half)) >> Format<T>::mantissa_bits;
  const T log2_m =
      logarithm(from_bits<T>(bits - k * (Bits{1} << Format<T>::mantissa_bits))) * inverse_ln2;
  const T exponent = clamp(-power.beta_high * static_cast<T>(k), -2 * limit, 2 * limit);
  const T shifted = exponent + shift;
  const T rest = (exponent - (shifted - shift)) - power.beta_low * static_cast<T>(k);
  const T fine = clamp(rest - power.beta * log2_m, -limit, limit);
  const T fine_shifted = fine + shift;
  const T mantissa = expm1_series((fine - (fine_shifted - shift)) * ln2) + 1;
  Bits n = (to_bits(shifted) - to_bits(shift)) + (to_bits(fine_shifted) - to_bits(shift));
  n = n < -last ? -last : n;
  n = n > last ? last : n;
  const Bits half = n >> 1;  // 2^n in two factors: n itself may leave the range of exponents
  const T result = mantissa * power_of_two<T>(half) * power_of_two<T>(n - half);
  if (base > 0 && base < infinity<T>) return result;
  if (base == 0) return power.of_zero;
  return base > 0 ? power.of_infinity : static_cast<T>(__builtin_nan(""));
}

/// base = bias + alpha * base, which held the sums, and scale = base^-beta
template <class T, class Power>
inline void power_loop(index_t n, const LrnPower<T>& power, T* __restrict base, T* __restrict scale,
                       const Power& inverse) {
  const T alpha = power.alpha;
  const T bias = power.bias;
  for (index_t i = 0; i < n; ++i) {
    base[i] = bias + alpha * base[i];
    scale[i] = inverse(base[i]);
  }
}

template <class T>
void lrn_power(index_t n, const LrnPower<T>& power, T* base, T* scale) {
  const LrnPower<T> constants = power;  // which no store can change
  if (constants.beta == 1) {
    power_loop(n, constants, base, scale, [](T b) { return 1 / b; });
  } else if (constants.beta == static_cast<T>(0.75)) {
    power_loop(n, constants, base, scale, [](T b) {
      const T root = square_root(b);
      return 1 / (root * square_root(root));
    });
  } else if (constants.beta == static_cast<T>(0.5)) {
    power_loop(n, constants, base, scale, [](T b) { return 1 / square_root(b); });
  } else {
    power_loop(n, constants, base, scale, [&](T b) { return inverse_power(constants, b); });
  }
}

/// y = x * scale; rows of `scale` are `pitch` apart.
template <class T>
void lrn_apply(index_t rows, index_t columns, index_t pitch, const T* __restrict x,
               const T* __restrict scale, T* __restrict y) {
  for (index_t row = 0; row < rows; ++row, x += columns, scale += pitch, y += columns) {
    for (index_t c = 0; c < columns; ++c) y[c] = x[c] * scale[c];
  }
}

/// scale = dy * scale and terms = dy * scale * x / base, zeros up to the pitch; rows of scale, base
/// and terms are `pitch` apart.
template <class T>
void lrn_terms(index_t rows, index_t columns, index_t pitch, const T* __restrict dy,
               const T* __restrict x, const T* __restrict base, T* __restrict scale,
               T* __restrict terms) {
  for (index_t row = 0; row < rows; ++row) {
    for (index_t c = 0; c < columns; ++c) {
      scale[c] *= dy[c];
      terms[c] = (scale[c] * x[c]) / base[c];
    }
    for (index_t c = columns; c < pitch; ++c) terms[c] = 0;
    dy += columns, x += columns, base += pitch, scale += pitch, terms += pitch;
  }
}

/// dx = scale - factor * x * sums; rows of scale and sums are `pitch` apart.
template <class T>
void lrn_combine(index_t rows, index_t columns, index_t pitch, T factor, const T* __restrict x,
                 const T* __restrict scale, const T* __restrict sums, T* __restrict dx) {
  for (index_t row = 0; row < rows; ++row) {
    for (index_t c = 0; c < columns; ++c) dx[c] = scale[c] - (factor * x[c]) * sums[c];
    x += columns, scale += pitch, sums += pitch, dx += columns;
  }
}

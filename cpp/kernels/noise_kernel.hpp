// Normal numbers for elements 4 `block` ... 4 `block` + n - 1 of a tensor; y may be x.

/// Words w0, w1 to two independent standard normal numbers (Box and Muller, 1958): sqrt(-2 ln u)
/// times cosine and sine of 2 pi t. u in (0, 1] and t in [-1/2, 1/2] are float32 for T = double
/// too.
template <class T>
inline void box_muller(std::uint32_t w0, std::uint32_t w1, T& z0, T& z1) {
  const float u = static_cast<float>(static_cast<std::int32_t>(w0 >> 1)) * 0x1p-31f + 0x1p-32f;
  const float t = static_cast<float>(static_cast<std::int32_t>(w1)) * 0x1p-32f;
  T sine, cosine;
  sine_and_cosine_of_turn(static_cast<T>(t), sine, cosine);
  const T radius = square_root(-2 * logarithm(static_cast<T>(u)));
  z0 = radius * cosine;
  z1 = radius * sine;
}

/// Calls element(i, z) for each of n elements.
template <class T, class Element>
inline void for_each_normal(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
                            std::uint64_t step, const Element& element) {
  constexpr index_t group = 4 * philox_blocks;
  std::uint32_t words[group];
  T normal[group];
  for (index_t i = 0; i < n; i += group, block += philox_blocks) {
    philox_words(block, key0, key1, step, words);
    for (int j = 0; j < group; j += 2) {
      box_muller(words[j], words[j + 1], normal[j], normal[j + 1]);
    }
    const index_t count = n - i < group ? n - i : group;
    for (index_t j = 0; j < count; ++j) element(i + j, normal[j]);
  }
}

/// y = x + stddev z
template <class T>
void gaussian_noise(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
                    std::uint64_t step, T stddev, const T* x, T* y) {
  for_each_normal<T>(n, block, key0, key1, step, [=](index_t i, T z) { y[i] = stddev * z + x[i]; });
}

/// y = x (1 + stddev z)
template <class T>
void gaussian_dropout(index_t n, std::uint64_t block, std::uint32_t key0, std::uint32_t key1,
                      std::uint64_t step, T stddev, const T* x, T* y) {
  for_each_normal<T>(n, block, key0, key1, step,
                     [=](index_t i, T z) { y[i] = (stddev * z + 1) * x[i]; });
}

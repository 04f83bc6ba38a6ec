// Vectors by GCC/Clang vector extensions, so that one source serves every register width.
//
// `Vector<T>` is one register of the instruction set this file is compiled for. Fused multiply-add
// comes from contraction (-ffp-contract=fast on kernel files only): a kernel writes a * b + c with
// exactly one product, so that every instruction set fuses the same operations.
// Elementwise kernels are plain loops that the compiler vectorises; reductions keep
// `reduction_lanes` partial sums on every instruction set, hence the same bits.

constexpr int register_bytes = PYCNN_REGISTER_BYTES;
constexpr int reduction_lanes = 16;

template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
  typedef float aligned __attribute__((vector_size(register_bytes)));
  typedef float unaligned __attribute__((vector_size(register_bytes), aligned(4)));
};
template <>
struct VectorOf<double> {
  typedef double aligned __attribute__((vector_size(register_bytes)));
  typedef double unaligned __attribute__((vector_size(register_bytes), aligned(8)));
};

template <class T>
using Vector = typename VectorOf<T>::aligned;

template <class T>
constexpr int lanes = register_bytes / static_cast<int>(sizeof(T));

template <class T>
constexpr T infinity = static_cast<T>(__builtin_inf());

/// At most max_value; a NaN fails the comparison and is kept.
template <class T>
inline Vector<T> limited(Vector<T> value, T max_value) {
  const Vector<T> limit = max_value - Vector<T>{};
  return value > limit ? limit : value;
}

/// What `>= limit` compares with where infinity is no limit: nothing compares with NaN.
template <class T>
inline T reachable(T max_value) {
  return max_value < infinity<T> ? max_value : static_cast<T>(__builtin_nan(""));
}

template <class T>
inline Vector<T> load(const T* from) {
  return *reinterpret_cast<const typename VectorOf<T>::unaligned*>(from);
}

template <class T>
inline void store(T* to, Vector<T> value) {
  *reinterpret_cast<typename VectorOf<T>::unaligned*>(to) = value;
}

/// The first `count` lanes, 0 < count < lanes, the others zero; nothing beyond them is read.
template <class T>
inline Vector<T> load_first(const T* from, index_t count) {
  T values[lanes<T>] = {};
  for (index_t i = 0; i < count; ++i) values[i] = from[i];
  return load(values);
}

/// Stores the first `count` lanes.
template <class T>
inline void store_first(T* to, Vector<T> value, index_t count) {
  T values[lanes<T>];
  store(values, value);
  for (index_t i = 0; i < count; ++i) to[i] = values[i];
}

#if defined(__AVX512F__)
template <>
inline Vector<float> load_first(const float* from, index_t count) {
  return (Vector<float>)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
}
template <>
inline void store_first(float* to, Vector<float> value, index_t count) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), (__m512)value);
}
#elif defined(__AVX2__)
/// Lanes below `count` have their sign bit set.
inline __m256i first_lanes(index_t count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
}
template <>
inline Vector<float> load_first(const float* from, index_t count) {
  return (Vector<float>)_mm256_maskload_ps(from, first_lanes(count));
}
template <>
inline void store_first(float* to, Vector<float> value, index_t count) {
  _mm256_maskstore_ps(to, first_lanes(count), (__m256)value);
}
#endif

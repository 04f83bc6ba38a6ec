// Reductions over a row in chunks of `reduction_lanes` numbers: the same order, and so the same
// bits, on every instruction set.

/// How many of the `left` numbers of a row its next chunk holds.
inline int chunk_size(index_t left) {
  return left < reduction_lanes ? static_cast<int>(left) : reduction_lanes;
}

/// chunk = the first `count` numbers of x, then `fill`.
template <class T>
inline void load_chunk(int count, const T* x, T fill, T* chunk) {
  if (count == reduction_lanes) {
    for (int lane = 0; lane < reduction_lanes; ++lane) chunk[lane] = x[lane];
  } else {
    for (int lane = 0; lane < reduction_lanes; ++lane) chunk[lane] = lane < count ? x[lane] : fill;
  }
}

template <class T>
inline void store_chunk(int count, const T* chunk, T* y) {
  if (count == reduction_lanes) {
    for (int lane = 0; lane < reduction_lanes; ++lane) y[lane] = chunk[lane];
  } else {
    for (int lane = 0; lane < count; ++lane) y[lane] = chunk[lane];
  }
}

/// The sum of the lanes, as a tree.
template <class T>
inline T sum_lanes(T* lane) {
  for (int width = reduction_lanes / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) lane[i] += lane[i + width];
  }
  return lane[0];
}

/// A product that is rounded before it is added to another product: without this the compiler is
/// free to choose which of the two it fuses with the addition.
template <class T>
inline T rounded(T product) {
#if defined(__clang__)
  return __arithmetic_fence(product);
#elif __GNUC__ >= 12
  return __builtin_assoc_barrier(product);
#else
  return product;
#endif
}

// A fixed number of lanes on every instruction set (the compiler splits them where registers are
// narrower), so that reductions add in the same order everywhere, and rows shorter than a vector
// can be worked on.
//
// Lanes are passed by reference: by value they would need registers that some callers lack.

template <class T, int WIDTH>
struct LanesOf {
  typedef T Values __attribute__((vector_size(WIDTH * sizeof(T))));
  typedef typename Format<T>::Bits Integers __attribute__((vector_size(WIDTH * sizeof(T))));
};

template <class T, int WIDTH = reduction_lanes>
using Lanes = typename LanesOf<T, WIDTH>::Values;
template <class T, int WIDTH = reduction_lanes>
using LaneIntegers = typename LanesOf<T, WIDTH>::Integers;

/// Loads `count` numbers, all of the lanes if WHOLE; the other lanes become zero.
template <bool WHOLE, class T, class Vector>
inline void load_lanes(int count, const T* from, Vector& values) {
  if constexpr (WHOLE) {
    __builtin_memcpy(&values, from, sizeof values);
  } else {
    T buffer[sizeof(Vector) / sizeof(T)] = {};
    for (int lane = 0; lane < count; ++lane) buffer[lane] = from[lane];
    __builtin_memcpy(&values, buffer, sizeof values);
  }
}

template <bool WHOLE, class T, class Vector>
inline void store_lanes(int count, const Vector& values, T* to) {
  if constexpr (WHOLE) {
    __builtin_memcpy(to, &values, sizeof values);
  } else {
    T buffer[sizeof(Vector) / sizeof(T)];
    __builtin_memcpy(buffer, &values, sizeof values);
    for (int lane = 0; lane < count; ++lane) to[lane] = buffer[lane];
  }
}

/// Replaces the lanes from `count` on.
template <int WIDTH, class T>
inline void fill_lanes(int count, T fill, Lanes<T, WIDTH>& values) {
  using Bits = typename Format<T>::Bits;
  LaneIntegers<T, WIDTH> lane;
  for (int i = 0; i < WIDTH; ++i) lane[i] = i;
  values = lane < static_cast<Bits>(count) ? values : Lanes<T, WIDTH>{} + fill;
}

/// Calls body(offset, count) for each chunk of a row of n numbers.
template <class Body>
inline void for_each_lanes(index_t n, const Body& body) {
  for (index_t i = 0; i < n; i += reduction_lanes) {
    body(i, n - i < reduction_lanes ? static_cast<int>(n - i) : reduction_lanes);
  }
}

/// The next chunk of a row: its first `count` numbers, then `fill`.
template <class T>
inline void load_chunk(int count, const T* from, T fill, Lanes<T>& values) {
  if (count == reduction_lanes) {
    load_lanes<true>(count, from, values);
  } else {
    load_lanes<false>(count, from, values);
    fill_lanes<reduction_lanes>(count, fill, values);
  }
}

template <class T>
inline void store_chunk(int count, const Lanes<T>& values, T* to) {
  if (count == reduction_lanes) {
    store_lanes<true>(count, values, to);
  } else {
    store_lanes<false>(count, values, to);
  }
}

/// Replaces each lane of a by function(lane of a, lane of b).
template <class T, class Function>
inline void map_lanes(const Function& function, Lanes<T>& a, const Lanes<T>& b) {
  T left[reduction_lanes], right[reduction_lanes];
  __builtin_memcpy(left, &a, sizeof left);
  __builtin_memcpy(right, &b, sizeof right);
  for (int lane = 0; lane < reduction_lanes; ++lane) {
    left[lane] = function(left[lane], right[lane]);
  }
  __builtin_memcpy(&a, left, sizeof left);
}

/// Combines all lanes in a tree: lane i with lane i + WIDTH / 2, and so on.
template <class T, int WIDTH, class Combine>
inline T reduce_lanes(const Lanes<T, WIDTH>& values, const Combine& combine) {
  if constexpr (WIDTH == 2) {
    T low = values[0];
    const T high = values[1];
    combine(low, high);
    return low;
  } else {
    Lanes<T, WIDTH / 2> low, high;
    __builtin_memcpy(&low, &values, sizeof low);
    __builtin_memcpy(&high, reinterpret_cast<const char*>(&values) + sizeof low, sizeof high);
    combine(low, high);
    return reduce_lanes<T, WIDTH / 2>(low, combine);
  }
}

template <class T>
inline T sum_lanes(const Lanes<T>& values) {
  return reduce_lanes<T, reduction_lanes>(values, [](auto& a, const auto& b) { a += b; });
}

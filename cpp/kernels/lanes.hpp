// Reductions over rows: always `reduction_lanes` partial results, combined in a tree, so that the
// order of operations, and with it every bit, is the same on every instruction set.
//
// Elementwise work on a row goes through a RowBlock, padded to whole chunks of lanes, so that rows
// shorter than a vector are vectorised too.

/// Partial results of a reduction, number i of each chunk belonging to lane i.
template <class T>
struct Lanes {
  static constexpr int parts = reduction_lanes / lanes<T>;

  Vector<T> part[parts];

  explicit Lanes(T value) {
    for (int i = 0; i < parts; ++i) part[i] = Vector<T>{} + value;
  }
  void add(const T* x) {
    for (int i = 0; i < parts; ++i) part[i] += load(x + i * lanes<T>);
  }
  void add_product(const T* a, const T* b) {
    for (int i = 0; i < parts; ++i) part[i] += load(a + i * lanes<T>) * load(b + i * lanes<T>);
  }
  void take_larger(const T* x) {
    for (int i = 0; i < parts; ++i) {
      const Vector<T> value = load(x + i * lanes<T>);
      part[i] = value > part[i] ? value : part[i];
    }
  }
  T sum() const {
    return reduce([](T a, T b) { return a + b; });
  }
  T maximum() const {
    return reduce([](T a, T b) { return b > a ? b : a; });
  }

 private:
  template <class Combine>
  T reduce(const Combine& combine) const {
    T lane[reduction_lanes];
    for (int i = 0; i < parts; ++i) store(lane + i * lanes<T>, part[i]);
    for (int width = reduction_lanes / 2; width > 0; width /= 2) {
      for (int i = 0; i < width; ++i) lane[i] = combine(lane[i], lane[i + width]);
    }
    return lane[0];
  }
};

/// Part of a row, or what was computed of it.
template <class T>
struct RowBlock {
  static constexpr index_t capacity = 16 * reduction_lanes;

  T data[capacity];

  static index_t padded(index_t count) {
    return (count + reduction_lanes - 1) / reduction_lanes * reduction_lanes;
  }
  /// Makes the numbers behind the first `count` equal to `value`.
  void pad(index_t count, T value) {
    for (index_t i = count; i < padded(count); ++i) data[i] = value;
  }
  void load(index_t count, const T* from, T padding) {
    index_t i = 0;
    for (; i + lanes<T> <= count; i += lanes<T>) store(data + i, kernels::load(from + i));
    if (i < count) store(data + i, load_first(from + i, count - i));
    pad(count, padding);
  }
  void copy_to(index_t count, T* to) const {
    index_t i = 0;
    for (; i + lanes<T> <= count; i += lanes<T>) store(to + i, kernels::load(data + i));
    if (i < count) store_first(to + i, kernels::load(data + i), count - i);
  }
};

/// Calls body(first, count) for each block of a row of n numbers.
template <class T, class Body>
inline void for_each_block(index_t n, const Body& body) {
  constexpr index_t capacity = RowBlock<T>::capacity;
  for (index_t i = 0; i < n; i += capacity) body(i, n - i < capacity ? n - i : capacity);
}

/// Calls chunk(offset) for each chunk of the first `count` numbers of a padded block.
template <class Chunk>
inline void for_each_chunk(index_t count, const Chunk& chunk) {
  for (index_t i = 0; i < count; i += reduction_lanes) chunk(i);
}

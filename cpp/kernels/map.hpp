// A function of one or two numbers applied to whole runs of them; outputs may lie on inputs.
//
// The last numbers go through a padded chunk and the same loop, which is compiled once: no scalar
// loop for a remainder exists that could fuse other operations, so every place gives the same bits.

template <class T, class Function>
__attribute__((noinline)) void map_chunks(index_t chunks, const T* x, T* y,
                                          const Function& function) {
  const Function local = function;
#pragma GCC ivdep
  for (index_t i = 0; i < chunks * reduction_lanes; ++i) y[i] = local(x[i]);
}

template <class T, class Function>
__attribute__((noinline)) void map_chunks(index_t chunks, const T* a, const T* b, T* y,
                                          const Function& function) {
  const Function local = function;
#pragma GCC ivdep
  for (index_t i = 0; i < chunks * reduction_lanes; ++i) y[i] = local(a[i], b[i]);
}

/// y = function(x)
template <class T, class Function>
inline void map(index_t n, const T* x, T* y, const Function& function) {
  const index_t whole = n / reduction_lanes * reduction_lanes;
  if (whole > 0) map_chunks(whole / reduction_lanes, x, y, function);
  if (whole == n) return;
  T rest[reduction_lanes] = {};
  for (index_t i = whole; i < n; ++i) rest[i - whole] = x[i];
  map_chunks(1, rest, rest, function);
  for (index_t i = whole; i < n; ++i) y[i] = rest[i - whole];
}

/// y = function(a, b)
template <class T, class Function>
inline void map(index_t n, const T* a, const T* b, T* y, const Function& function) {
  const index_t whole = n / reduction_lanes * reduction_lanes;
  if (whole > 0) map_chunks(whole / reduction_lanes, a, b, y, function);
  if (whole == n) return;
  T rest_a[reduction_lanes] = {}, rest_b[reduction_lanes] = {};
  for (index_t i = whole; i < n; ++i) {
    rest_a[i - whole] = a[i];
    rest_b[i - whole] = b[i];
  }
  map_chunks(1, rest_a, rest_b, rest_a, function);
  for (index_t i = whole; i < n; ++i) y[i] = rest_a[i - whole];
}

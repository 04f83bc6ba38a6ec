// The outer-product micro-kernel: C[ROWS x VECTORS * lanes] += sum over k of A[ROWS] * B[columns].
//
// row_tile reads A through row pointers, k along contiguous channels: convolution forward, input
// gradient, dense. column_tile reads A as ROWS contiguous scalars per pixel, k along pixels:
// kernel gradients. Accumulators stay in registers for the whole sum, which is one fused
// multiply-add chain per output, in the order given; RowTile and ColumnTile (conv_arguments.hpp)
// state the contract. Tile sizes: broadcasts and loads must not outrun the multiply-adds (Goto and
// van de Geijn 2008; Low et al. 2016).

/// As the kernel `relu`: a NaN fails the comparison and is kept.
template <class T>
inline Vector<T> relu_of(Vector<T> value, bool relu) {
  const Vector<T> zero{};
  return relu ? (value < zero ? zero : value) : value;
}

/// Lets the memory of an output row come while its sum is made, rather than be waited for.
template <class T, int VECTORS>
inline void fetch_row(const T* out) {
#pragma GCC unroll 4
  for (int v = 0; v < VECTORS; ++v) __builtin_prefetch(out + v * lanes<T>, 1, 3);
}

/// Adds what `out` holds and the bias to a finished accumulator row and stores `columns` of it.
template <class T, int VECTORS>
inline void finish_row(const Vector<T>* sum, T* out, index_t columns, const T* bias,
                       bool accumulate, bool relu) {
  constexpr int width = VECTORS * lanes<T>;
  if (columns == width) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; ++v) {
      Vector<T> value = sum[v];
      if (accumulate) value += load(out + v * lanes<T>);
      if (bias) value += load(bias + v * lanes<T>);
      store(out + v * lanes<T>, relu_of<T>(value, relu));
    }
    return;
  }
#pragma GCC unroll 4
  for (int v = 0; v < VECTORS; ++v) {
    const index_t left = columns - v * lanes<T>;
    if (left <= 0) return;
    Vector<T> value = sum[v];
    T* const to = out + v * lanes<T>;
    if (left >= lanes<T>) {
      if (accumulate) value += load(to);
      if (bias) value += load(bias + v * lanes<T>);
      store(to, relu_of<T>(value, relu));
    } else {
      if (accumulate) value += load_first(to, left);
      if (bias) value += load_first(bias + v * lanes<T>, left);
      store_first(to, relu_of<T>(value, relu), left);
    }
  }
}

/// Copies `columns` numbers of each of `rows` rows, `step` apart, to a panel (rows, width) whose
/// other columns become zeros.
template <class T>
void pack_rows(index_t rows, index_t columns, index_t step, const T* from, index_t width, T* to) {
  const index_t whole = columns / lanes<T> * lanes<T>;
  for (index_t row = 0; row < rows; ++row, from += step, to += width) {
    for (index_t j = 0; j < whole; j += lanes<T>) store(to + j, load(from + j));
    if (whole == columns) continue;
    store(to + whole, load_first(from + whole, columns - whole));
  }
}

/// A row that has just been written, while it is in the cache.
template <class T>
inline void finish_written_row(const Finish<T>& finish, T* out, index_t columns, bool relu) {
  const T* const addend = finish.addend ? finish.addend + (out - finish.from) : nullptr;
  const auto finished = [&](Vector<T> value, auto&& part) {
    if (finish.centre)
      value = (value - part(finish.centre)) * part(finish.scale) + part(finish.shift);
    if (addend) value += part(addend);
    return relu ? limited<T>(relu_of<T>(value, true), finish.max_value) : value;
  };
  index_t j = 0;
  for (; j + lanes<T> <= columns; j += lanes<T>) {
    store(out + j, finished(load(out + j), [&](const T* from) { return load(from + j); }));
  }
  if (j == columns) return;
  const index_t left = columns - j;
  const auto part = [&](const T* from) { return load_first(from + j, left); };
  store_first(out + j, finished(part(out), part), left);
}

template <class T, int ROWS, int VECTORS>
void row_tile(const RowTile<T>& tile) {
  constexpr int width = VECTORS * lanes<T>;
  Vector<T> sum[ROWS][VECTORS];
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; ++v) sum[i][v] = Vector<T>{};
  }
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; ++i) fetch_row<T, VECTORS>(tile.out[i] + tile.out_offset);
  for (index_t run = 0; run < tile.runs; ++run) {
    const T* a[ROWS];
#pragma GCC unroll 12
    for (int i = 0; i < ROWS; ++i) a[i] = tile.rows[run * tile.row_stride + i] + tile.offset;
    const T* panel = tile.panel + tile.starts[run] * width;
    for (index_t k = 0; k < tile.length; ++k, panel += width) {
      Vector<T> b[VECTORS];
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; ++v) b[v] = load(panel + v * lanes<T>);
#pragma GCC unroll 12
      for (int i = 0; i < ROWS; ++i) {
        const T scalar = a[i][k];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v) sum[i][v] += scalar * b[v];
      }
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; ++i) {
    finish_row<T, VECTORS>(sum[i], tile.out[i] + tile.out_offset, tile.columns, tile.bias,
                           tile.accumulate, tile.relu && !tile.finish);
  }
  if (!tile.finish) return;
  for (int i = 0; i < ROWS; ++i) {
    finish_written_row(*tile.finish, tile.out[i] + tile.out_offset, tile.columns, tile.relu);
  }
}

template <class T, int ROWS, int VECTORS>
void column_tile(const ColumnTile<T>& tile) {
  constexpr int width = VECTORS * lanes<T>;
  Vector<T> sum[ROWS][VECTORS];
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; ++v) sum[i][v] = Vector<T>{};
  }
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; ++i) fetch_row<T, VECTORS>(tile.out + i * tile.out_step);
  const T* ahead = tile.ahead;
  index_t ahead_lines = tile.ahead_lines;
  for (index_t run = 0; run < tile.run_count; ++run) {
    const T* a = tile.runs[run].a;
    const T* b_row = tile.runs[run].b;
    const T* const end = b_row + tile.runs[run].length * width;
    for (; b_row != end; b_row += width, a += tile.a_step) {
      if (ahead_lines > 0) {
        __builtin_prefetch(ahead, 0, 2);
        ahead += tile.ahead_step;
        --ahead_lines;
      }
      Vector<T> b[VECTORS];
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; ++v) b[v] = load(b_row + v * lanes<T>);
#pragma GCC unroll 12
      for (int i = 0; i < ROWS; ++i) {
        const T scalar = a[i];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; ++v) sum[i][v] += scalar * b[v];
      }
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; ++i) {
    finish_row<T, VECTORS>(sum[i], tile.out + i * tile.out_step, tile.columns, nullptr,
                           tile.accumulate, false);
  }
}

/// Rows of the tile that is `vectors` registers wide. With 32 registers (AVX-512): 6 x 4, 8 x 3,
/// 8 x 2, 12 x 1; with 16: 6 x 2, 12 x 1. Wider tiles than these spill row pointers or sums.
constexpr int tile_rows(int vectors) {
  constexpr bool many_registers = register_bytes == 64;
  if (vectors == 1) return 12;
  if (many_registers) return vectors == 4 ? 6 : 8;
  return vectors == 2 ? 6 : 0;
}
constexpr int widest_tile = register_bytes == 64 ? 4 : 2;

/// Fills the entries for ROWS, ROWS - 1, ..., 1 rows of tiles VECTORS wide.
template <class T, int VECTORS, int ROWS = tile_rows(VECTORS)>
constexpr void fill_tiles(Table<T>& table) {
  if constexpr (ROWS > 0) {
    table.row_tile[VECTORS][ROWS] = row_tile<T, ROWS, VECTORS>;
    table.column_tile[VECTORS][ROWS] = column_tile<T, ROWS, VECTORS>;
    fill_tiles<T, VECTORS, ROWS - 1>(table);
  }
}

// Gathers and converts the rows of a batch.
#include "batch.hpp"

#include "../check.hpp"
#include "../parallel.hpp"

namespace pycnn {
namespace {

template <class In, class Out>
void gather_converted(const BatchSource& source, const index_t* indices, index_t first, index_t N,
                      Out* out) {
  const In* const data = static_cast<const In*>(source.data);
  const index_t size = source.row_size;
  parallel_blocks(N, 1, size, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) {
      const In* const row = data + (indices ? indices[i] : first + i) * size;
      for (index_t j = 0; j < size; ++j) out[i * size + j] = static_cast<Out>(row[j]);
    }
  });
}

}  // namespace

template <class Out>
void gather_rows(const BatchSource& source, const index_t* indices, index_t first, index_t N,
                 Out* out) {
  if (indices) {
    for (index_t i = 0; i < N; ++i) {
      PYCNN_CHECK(indices[i] >= 0 && indices[i] < source.rows,
                  "[network] indices must be rows of the data, 0 ... ", source.rows - 1,
                  "; got index ", indices[i]);
    }
  } else {
    PYCNN_CHECK(first >= 0 && first <= source.rows - N, "[network] rows must lie in the data; got ",
                "first=", first, ", count=", N, " of ", source.rows);
  }
  switch (source.type) {
    case DataType::float32:
      return gather_converted<float>(source, indices, first, N, out);
    case DataType::float64:
      return gather_converted<double>(source, indices, first, N, out);
    case DataType::uint8:
      return gather_converted<std::uint8_t>(source, indices, first, N, out);
    case DataType::int8:
      return gather_converted<std::int8_t>(source, indices, first, N, out);
    case DataType::int16:
      return gather_converted<std::int16_t>(source, indices, first, N, out);
    case DataType::int32:
      return gather_converted<std::int32_t>(source, indices, first, N, out);
    case DataType::int64:
      return gather_converted<std::int64_t>(source, indices, first, N, out);
  }
}

template void gather_rows<float>(const BatchSource&, const index_t*, index_t, index_t, float*);
template void gather_rows<double>(const BatchSource&, const index_t*, index_t, index_t, double*);
template void gather_rows<std::int64_t>(const BatchSource&, const index_t*, index_t, index_t,
                                        std::int64_t*);

}  // namespace pycnn

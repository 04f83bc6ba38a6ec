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
inline Vector<T> load(const T* from) {
  return *reinterpret_cast<const typename VectorOf<T>::unaligned*>(from);
}

template <class T>
inline void store(T* to, Vector<T> value) {
  *reinterpret_cast<typename VectorOf<T>::unaligned*>(to) = value;
}

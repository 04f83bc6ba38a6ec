// Pooling whose windows are known: what nodes run, call after call, and the checked functions of
// pool.hpp. x and dx (N, spatial..., C), y and dy (N, output..., C), indices as y.
#pragma once

#include "pool_geometry.hpp"

namespace pycnn {

/// `indices` may be null; else g.indices_fit() must hold.
template <class T>
void max_pool(const PoolGeometry& g, index_t N, const T* x, T* y, std::uint8_t* indices);

template <class T>
void max_pool_grad(const PoolGeometry& g, index_t N, const T* dy, const std::uint8_t* indices,
                   T* dx);

/// With the maxima found again in x.
template <class T>
void max_pool_grad(const PoolGeometry& g, index_t N, const T* dy, const T* x, T* dx);

template <class T>
void average_pool(const PoolGeometry& g, index_t N, const T* x, T* y);

template <class T>
void average_pool_grad(const PoolGeometry& g, index_t N, const T* dy, T* dx);

}  // namespace pycnn

// How the columns of a packed matrix are cut into panels for the micro-kernel.
//
// A matrix (K, columns) is packed panel after panel, each [K][width], width a whole number of
// vectors; columns beyond the last are zeros. Widths are evened out: 84 columns of 16 lanes make
// two panels of three vectors, not four and two.
#pragma once

#include <algorithm>

#include "runtime.hpp"

namespace pycnn {

template <class T>
class PanelLayout {
 public:
  PanelLayout(const kernels::Table<T>& table, index_t columns)
      : lanes_(table.lanes), columns_(columns), total_vectors_((columns + lanes_ - 1) / lanes_) {
    const index_t panels = (total_vectors_ + table.vectors - 1) / table.vectors;
    vectors_ = (total_vectors_ + panels - 1) / panels;
    panels_ = (total_vectors_ + vectors_ - 1) / vectors_;
  }

  index_t panels() const { return panels_; }
  index_t columns() const { return columns_; }
  /// Columns with padding: what one k takes in all panels together.
  index_t padded_columns() const { return total_vectors_ * lanes_; }

  index_t first_column(index_t panel) const { return panel * vectors_ * lanes_; }
  int vectors(index_t panel) const {
    return static_cast<int>(std::min(vectors_, total_vectors_ - panel * vectors_));
  }
  index_t width(index_t panel) const { return vectors(panel) * lanes_; }
  /// Columns of a panel that are not padding.
  index_t valid_columns(index_t panel) const {
    return std::min(width(panel), columns_ - first_column(panel));
  }
  int widest() const { return static_cast<int>(vectors_); }

 private:
  index_t lanes_;
  index_t columns_;
  index_t total_vectors_;
  index_t vectors_;
  index_t panels_;
};

/// A panel (depth, width) of the transposed matrix: row k holds from[column * step + k], then
/// zeros.
template <class T>
void transpose_panel(const kernels::Table<T>& table, index_t depth, index_t columns, index_t step,
                     const T* from, index_t width, T* to) {
  // A few columns at a time: their numbers lie together in memory.
  for (index_t column = 0; column < columns; column += table.lanes) {
    table.transpose(std::min<index_t>(table.lanes, columns - column), depth, step,
                    from + column * step, width, to + column);
  }
  if (columns == width) return;
  for (index_t k = 0; k < depth; ++k) std::fill_n(to + k * width + columns, width - columns, T{0});
}

}  // namespace pycnn
